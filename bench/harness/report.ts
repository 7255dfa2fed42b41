import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import type { Effort, Row, Scenario } from './comparison.ts'
import type { Cores } from './cores.ts'
import type { Latency } from './latency.ts'
import { CONNECTIONS } from './load.ts'
import { ROOT } from './servers.ts'
import type { Spread } from './statistics.ts'

/** A scenario with what came of it. */
export interface Compared {
  readonly scenario: Scenario
  readonly rows: readonly Row[]
}

/** Everything a run found. */
export interface Findings {
  readonly compared: readonly Compared[]
  readonly latencies: readonly Latency[]
  readonly effort: Effort
  readonly cores: Cores | undefined
}

/** A hit must reach this share of the bare Fastify's requests per second. */
const HIT_RATIO = 0.5

/** Where the machine-readable form of the last run lies. */
export const RESULTS: string = join(ROOT, 'bench', 'results')

/** The table, as text. */
export function toTable({ compared, latencies, effort, cores }: Findings): string {
  const binding = cores
    ? `server on core ${cores.server}, load on ${cores.load}`
    : 'cores not bound'
  const title = `${CONNECTIONS} connections, ${effort.rounds} rounds of ${effort.seconds} s, ${binding}`
  const head = ['', 'requests/s (min–max)', 'p99 ms', 'cpu µs', '÷ fastify', '÷ direct']
  const lines = compared.flatMap(({ scenario, rows }) => [
    '',
    scenario.title,
    ...rows.map((row) => toLine(toCells(row))),
  ])
  return [title, toLine(head), ...lines, '', ...latencies.map(toLatencyLine), ''].join('\n')
}

/** One line for each target: reached or missed. */
export function judge({ compared, latencies }: Findings): string[] {
  const hits = compared.filter(({ scenario }) => scenario.outcome === 'hit')
  const ratios = hits.flatMap(({ scenario, rows }) => {
    const ratio = rows.find(({ server }) => server === 'reprise')?.ratios.fastify?.median ?? 0
    return `${verdict(ratio >= HIT_RATIO)} ${scenario.title}: ${ratio.toFixed(2)} × fastify (≥ ${HIT_RATIO})`
  })
  const waits = latencies.map(
    ({ title, ms, targetMs }) =>
      `${verdict(ms <= targetMs)} ${title}: ${ms.toFixed(3)} ms (≤ ${targetMs})`,
  )
  return [...ratios, ...waits]
}

/** Writes `latest.json`, with what it needs to be compared with another run. */
export function writeResults(findings: Findings): void {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    version: string
  }
  const versions = { reprise: version, node: process.version, platform: process.platform }
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, loadAverage: loadavg() }
  const body = { date: new Date().toISOString(), versions, machine, ...findings }
  mkdirSync(RESULTS, { recursive: true })
  writeFileSync(join(RESULTS, 'latest.json'), `${JSON.stringify(body, null, 2)}\n`)
}

const verdict = (isReached: boolean): string => (isReached ? 'reached' : 'MISSED ')

function toCells({ server, requestsPerSecond, p99Ms, cpuMicroseconds, ratios }: Row): string[] {
  const { median, min, max } = requestsPerSecond
  const rate = `${median.toFixed(0)} (${min.toFixed(0)}–${max.toFixed(0)})`
  const isReprise = server.startsWith('reprise')
  const cells = [`  ${server}`, rate, p99Ms.toFixed(0), cpuMicroseconds?.toFixed(0) ?? '']
  return isReprise ? [...cells, toRatio(ratios.fastify), toRatio(ratios.origin)] : cells
}

function toRatio(spread: Spread | undefined): string {
  if (spread === undefined) return ''
  const { median, min, max } = spread
  return `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`
}

const WIDTHS = [16, 22, 8, 8, 18, 18]

function toLine(cells: readonly string[]): string {
  return cells
    .map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0))
    .join('')
    .trimEnd()
}

function toLatencyLine({ title, ms, p99Ms, beside }: Latency): string {
  const numbers = `${ms.toFixed(3)} ms, p99 ${p99Ms.toFixed(3)} ms`
  return `${title.padEnd(48)}${numbers} (${beside.name} ${beside.ms.toFixed(3)} ms)`
}
