// npm run bench [-- --quick | --long] [--profile] [--only=<part of a title>] [--out=<file>]
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Comparison, compare, type Effort, nameOf } from './harness/comparison.ts'
import { claimCores } from './harness/cores.ts'
import { findDrivers } from './harness/drivers.ts'
import { openField } from './harness/field.ts'
import { type Bench, type FigureScenario, includes, type Tier } from './harness/figure.ts'
import { CONNECTIONS } from './harness/load.ts'
import { toTopFunctions } from './harness/profile.ts'
import { countMissed, toFigureTable, toTable } from './harness/report.ts'
import {
  type Compared,
  type Judged,
  mergeResults,
  RESULTS,
  readVersions,
  toStamp,
} from './harness/results.ts'
import { COMPARISONS } from './scenarios/comparisons.ts'
import { FIGURES } from './scenarios/figures.ts'

const flags = process.argv.slice(2)
const readFlag = (name: string): string | undefined =>
  flags.find((flag) => flag.startsWith(`--${name}=`))?.slice(name.length + 3)
const tier: Tier = flags.includes('--quick') ? 'quick' : flags.includes('--long') ? 'long' : 'full'
const effort: Effort = tier === 'quick' ? { rounds: 1, seconds: 1 } : { rounds: 5, seconds: 2 }
const only = readFlag('only')
const profileFolder = flags.includes('--profile') ? join(RESULTS, 'profile') : undefined

/** One that is named is measured whatever it takes. */
const isWanted = (scenario: { readonly title: string; readonly tier?: Tier }): boolean =>
  only === undefined ? includes(tier, scenario.tier ?? 'full') : scenario.title.includes(only)

/** A glance is at those that goals speak of. */
const toQuick = (comparison: Comparison): Comparison => {
  const named = new Set(comparison.goals.flatMap(({ of, beside }) => [of, beside]))
  return {
    ...comparison,
    contenders: comparison.contenders.filter((one) => named.has(nameOf(one))),
  }
}

const wanted = COMPARISONS.filter(isWanted)
const comparisons = tier === 'quick' && only === undefined ? wanted.map(toQuick) : wanted
const figures = FIGURES.filter(isWanted)
const cores = claimCores()
const drivers = findDrivers(cores)
console.log(
  cores === undefined
    ? 'cores not bound'
    : `server on core ${cores.server.core}, load on ${cores.load.core}, origin on ${cores.origin.core}, priority ${cores.server.priority}`,
)
if (profileFolder !== undefined) {
  rmSync(profileFolder, { recursive: true, force: true })
  mkdirSync(profileFolder, { recursive: true })
}
const field = await openField(profileFolder, cores)
const compared: Compared[] = []
const judged: Judged[] = []
try {
  for (const comparison of comparisons) compared.push(await runComparison(comparison))
  for (const scenario of figures) judged.push(await runFigures(scenario))
} finally {
  await field.close()
}
const file = readFlag('out') ?? join(RESULTS, tier === 'quick' ? 'quick.json' : 'full.json')
mergeResults(file, { compared, judged, cores }, readVersions(comparisons))
console.log(`\n${countMissed(compared, judged)} missed; written to ${file}`)
if (profileFolder !== undefined) console.log(toTopFunctions(profileFolder).join('\n'))

async function runComparison(comparison: Comparison): Promise<Compared> {
  const { title, standsFor, goals, picture, connections = CONNECTIONS } = comparison
  process.stderr.write(`${title} …\n`)
  const stamp = toStamp(tier)
  const rows = await compare(comparison, { field, drivers, effort })
  const drawn = picture === undefined ? {} : { picture }
  const found = { ...stamp, title, standsFor, connections, goals, rows, rounds: effort, ...drawn }
  console.log(toTable(found))
  return found
}

async function runFigures(scenario: FigureScenario): Promise<Judged> {
  const { title, standsFor } = scenario
  process.stderr.write(`${title} …\n`)
  const bench: Bench = { cores, effort: tier, profileFolder, field, drivers }
  const found = { ...toStamp(tier), title, standsFor, figures: await scenario.measure(bench) }
  console.log(toFigureTable(found))
  return found
}
