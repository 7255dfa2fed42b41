import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { dirname, join } from 'node:path'
import type { Comparison, Effort, Row } from './comparison.ts'
import type { Cores } from './cores.ts'
import { findWrkVersion } from './drivers.ts'
import type { Figure, Tier } from './figure.ts'
import { ROOT } from './servers.ts'
import { readPackageVersion, readRevision } from './versions.ts'

/** Where results lie. */
export const RESULTS: string = join(ROOT, 'bench', 'results')

/** When and of what something was measured: parts of a file can come from different runs. */
export interface Stamp {
  /** ISO 8601. */
  readonly date: string
  /** The commit; with a `+` where `src` was changed since. */
  readonly revision: string
  readonly effort: Tier
  /** One minute's load average of the machine before. */
  readonly loadBefore: number
}

/** What came of a comparison: every ratio is of one run. */
export interface Compared extends Stamp {
  readonly title: string
  readonly standsFor: string
  readonly connections: number
  readonly picture?: string
  readonly goals: Comparison['goals']
  readonly rows: readonly Row[]
  readonly rounds: Effort
}

/** What came of a scenario of figures. */
export interface Judged extends Stamp {
  readonly title: string
  readonly standsFor: string
  readonly figures: readonly Figure[]
}

/** A file of results. */
export interface Results {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly platform: string }
  readonly cores: Cores | undefined
  readonly versions: Readonly<Record<string, string>>
  readonly compared: readonly Compared[]
  readonly judged: readonly Judged[]
}

/** The stamp of what is measured from now on. */
export function toStamp(effort: Tier): Stamp {
  const date = new Date().toISOString()
  return { date, revision: readRevision(), effort, loadBefore: loadavg()[0] ?? Number.NaN }
}

/** What a file holds; undefined where there is none. */
export function readResults(file: string): Results | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Results
  } catch {
    return undefined
  }
}

/** Puts what was found into a file; what it does not replace there stays, with its own stamp. */
export function mergeResults(
  file: string,
  found: Pick<Results, 'compared' | 'judged' | 'cores'>,
  versions: Results['versions'],
): Results {
  const before = readResults(file)
  const results: Results = {
    machine: { cpu: cpus()[0]?.model ?? '', cores: cpus().length, platform: process.platform },
    cores: found.cores,
    versions: { ...before?.versions, ...versions },
    compared: replace(before?.compared, found.compared),
    judged: replace(before?.judged, found.judged),
  }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`)
  return results
}

/** Versions of what is measured and of what it is measured with. */
export function readVersions(comparisons: readonly Comparison[]): Record<string, string> {
  const rivals = comparisons.flatMap(({ contenders }) => contenders.map(({ rival }) => rival))
  const own = {
    node: process.version,
    wrk: findWrkVersion(),
    autocannon: readPackageVersion('autocannon'),
  }
  const all = [...Object.entries(own), ...rivals.map((each) => [each.name, each.findVersion()])]
  return Object.fromEntries(all.filter(([, version]) => version !== undefined))
}

function replace<T extends { readonly title: string }>(
  before: readonly T[] = [],
  now: readonly T[],
) {
  const kept = before.filter(({ title }) => !now.some((one) => one.title === title))
  return [...kept, ...now].sort((one, other) => one.title.localeCompare(other.title))
}
