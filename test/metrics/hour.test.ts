import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Stats } from '../../src/admin/stats.ts'
import { get } from '../admin/support/owner.ts'
import { reprise as command } from '../cli/support/command.ts'
import { hasBrowser, openBrowser, openDashboard, statOf } from '../dashboard/support/browser.ts'
import { createManualClock } from '../support/clock.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'
import { HOUR_FLAGS, playHour, type Scripted } from './support/hour.ts'
import { scrape, sumOf, tallyOf } from './support/samples.ts'

const WORDS = ['hit', 'stale', 'miss', 'collapsed', 'bypass', 'error'] as const
const KINDS = ['text', 'vision', 'embedding'] as const

let origin: SimulatedOrigin
let reprise: TestServer
let script: Scripted[]

beforeAll(async () => {
  const clock = createManualClock()
  origin = await startOrigin()
  const flags = HOUR_FLAGS
  reprise = await startReprise({ upstream: origin.url, clock, flags, logLevel: 'debug' })
  script = await playHour({ reprise, origin, clock })
}, 120_000)

afterAll(async () => {
  await reprise.close()
  await origin.close()
})

const countOf = (wanted: Partial<Scripted>): number =>
  script.filter((each) =>
    Object.entries(wanted).every(([name, value]) => each[name as keyof Scripted] === value),
  ).length

const requestLines = () => reprise.log.filter(({ outcome }) => outcome !== undefined)

describe('after an hour that was written down beforehand', () => {
  it('every outcome and every kind has come', () => {
    for (const outcome of WORDS)
      expect([outcome, countOf({ outcome }) > 0]).toEqual([outcome, true])
    for (const kind of KINDS) expect([kind, countOf({ kind }) > 0]).toEqual([kind, true])
    expect(countOf({ client: 'left' })).toBe(3)
  })

  it('the metrics have each request where the script has it', async () => {
    const samples = await scrape(reprise.port)
    const counted: Record<string, number> = {}
    for (const { name, labels, value } of samples) {
      const series = `${labels.endpoint} ${labels.kind} ${labels.outcome}`
      if (name === 'reprise_requests_total') counted[series] = (counted[series] ?? 0) + value
    }
    const told = script.map(({ endpoint, kind, outcome }) => `${endpoint} ${kind} ${outcome}`)
    expect(counted).toEqual(tallyOf(told))
    expect(sumOf(samples, 'reprise_cancelled_total')).toBe(countOf({ client: 'left' }))
    expect(sumOf(samples, 'reprise_runs_cancelled_total', { during: 'waiting' })).toBe(3)
    expect(sumOf(samples, 'reprise_refusals_total', { reason: 'queue-full' })).toBe(1)
    expect(sumOf(samples, 'reprise_requests_in_flight')).toBe(0)
    expect(sumOf(samples, 'reprise_request_duration_seconds_count')).toBe(script.length)
    // A stale answer comes from a tier too.
    const given = countOf({ outcome: 'hit' }) + countOf({ outcome: 'stale' })
    expect(sumOf(samples, 'reprise_hits_total')).toBe(given)
    const asked = countOf({ outcome: 'miss' }) + countOf({ outcome: 'collapsed' })
    expect(sumOf(samples, 'reprise_misses_total')).toBe(asked)
    expect(sumOf(samples, 'reprise_bypasses_total')).toBe(countOf({ outcome: 'bypass' }))
  })

  it('the log has a line for each, but for what is to leave no trace', () => {
    const lines = requestLines().map(({ route, outcome }) => `${route} ${outcome}`)
    const traced = script.filter(({ trace }) => trace === undefined)
    expect(tallyOf(lines)).toEqual(
      tallyOf(traced.map(({ endpoint, outcome }) => `${endpoint} ${outcome}`)),
    )
    expect(requestLines().filter(({ left }) => left === true)).toHaveLength(3)
  })

  it('the statistics and the command say the same, by outcome and by kind', async () => {
    const stats: Stats = await get(reprise, '/reprise/stats')
    const expected = WORDS.map((outcome) => [outcome, countOf({ outcome })])
    expect(stats.requests).toEqual(Object.fromEntries(expected))
    for (const kind of KINDS) {
      const ofKind = WORDS.map((outcome) => [outcome, countOf({ outcome, kind })])
      expect(stats.kinds[kind]).toMatchObject(Object.fromEntries(ofKind))
    }
    const shown = await command(['stats', '--json', '--listen', `127.0.0.1:${reprise.port}`])
    const { requests, kinds, saved } = JSON.parse(shown.out) as Stats
    expect({ requests, kinds, saved }).toEqual({
      requests: stats.requests,
      kinds: stats.kinds,
      saved: stats.saved,
    })
  })

  it('what was saved is the same everywhere', async () => {
    const { saved }: Stats = await get(reprise, '/reprise/stats')
    const samples = await scrape(reprise.port)
    const lines = requestLines().flatMap(({ savedMs }) => (savedMs === undefined ? [] : [savedMs]))
    expect(sumOf(samples, 'reprise_saved_generations_total')).toBe(saved.generations)
    expect(sumOf(samples, 'reprise_saved_tokens_total')).toBe(saved.tokens)
    expect(sumOf(samples, 'reprise_saved_seconds_total')).toBeCloseTo(saved.seconds)
    expect(lines).toHaveLength(saved.generations)
    const logged = lines.reduce((total: number, ms) => total + Number(ms), 0)
    expect(Math.abs(logged / 1000 - saved.seconds)).toBeLessThan(0.001 * lines.length)
  })

  it.runIf(hasBrowser)('the page shows it', async () => {
    const browser = await openBrowser()
    const { page, faults } = await openDashboard(browser, reprise.url)
    for (const outcome of WORDS) {
      const shown = await statOf(page, `requests.${outcome}`)
      expect([outcome, shown]).toEqual([outcome, String(countOf({ outcome }))])
    }
    const [hits, asked] = [
      ['hit', 'stale'],
      ['hit', 'stale', 'miss', 'collapsed'],
    ].map((words) => script.filter(({ outcome }) => words.includes(outcome)))
    const rate = (100 * (hits?.length ?? 0)) / (asked?.length ?? 0)
    expect(await statOf(page, 'hitRate')).toBe(`${rate.toFixed(1)} %`)
    expect(faults).toEqual([])
    await browser.close()
  })
})

describe('where the time of that hour went', () => {
  it('adds up in the line of every request that was read', () => {
    const read = requestLines().filter(({ route }) => route !== 'other')
    for (const { stages, ms } of read) {
      const times = [...String(stages).matchAll(/[a-z] ([\d.]+)/g)].map(([, each]) => Number(each))
      const [total = Number.NaN, ...parts] = times
      const sum = parts.reduce((all, part) => all + part, 0)
      expect(Math.abs(sum - total)).toBeLessThanOrEqual(total * 0.01)
      expect(Math.abs(total - Number(ms))).toBeLessThanOrEqual(Number(ms) * 0.01)
    }
    expect(read.filter(({ ms }) => Number(ms) > 1_000).length).toBeGreaterThan(8)
  })

  it('is told of who waited for the model', () => {
    const together = requestLines().filter(({ ms }) => ms === 37_458)
    expect(together.map(({ outcome }) => outcome)).toEqual(['miss', 'miss', 'miss'])
    for (const { stages } of together) expect(stages).toMatch(/^total 37458 ms · queue 0 \(0 %\)/)
  })

  it('adds up in the metrics: the stages of each outcome to what its requests took', async () => {
    const samples = await scrape(reprise.port)
    for (const outcome of WORDS) {
      const total = sumOf(samples, 'reprise_request_duration_seconds_sum', { outcome })
      const stages = sumOf(samples, 'reprise_stage_seconds_sum', { outcome })
      expect([outcome, Math.abs(stages - total) <= total * 0.01]).toEqual([outcome, true])
    }
    expect(sumOf(samples, 'reprise_stage_seconds_sum', { outcome: 'miss' })).toBeGreaterThan(100)
  })
})
