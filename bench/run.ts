// npm run bench [-- --quick] [--profile] [--only=<part of a title>]
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { compare, type Effort } from './harness/comparison.ts'
import { type Cores, claimCores } from './harness/cores.ts'
import { startField } from './harness/field.ts'
import { countMissed, type Judged, toFigureTable } from './harness/figure.ts'
import { toTopFunctions } from './harness/profile.ts'
import { type Compared, judge, RESULTS, toTable, writeResults } from './harness/report.ts'
import { measureFirstFrame } from './scenarios/first-frame.ts'
import { FLIGHTS } from './scenarios/flights.ts'
import { measureHitLatency } from './scenarios/hit-latency.ts'
import { HITS } from './scenarios/hits.ts'
import { MISSES } from './scenarios/misses.ts'
import { PASS_THROUGH } from './scenarios/pass-through.ts'

const flags = process.argv.slice(2)
const only = flags.find((flag) => flag.startsWith('--only='))?.slice('--only='.length)
const isWanted = ({ title }: { title: string }): boolean => title.includes(only ?? '')
const isQuick = flags.includes('--quick')
const effort: Effort = isQuick
  ? { rounds: 1, seconds: 1.5, pairs: 300 }
  : { rounds: 5, seconds: 3, pairs: 300 }
const profileFolder = flags.includes('--profile') ? join(RESULTS, 'profile') : undefined

if (profileFolder !== undefined) {
  rmSync(profileFolder, { recursive: true, force: true })
  mkdirSync(profileFolder, { recursive: true })
}
const cores = claimCores()
const comparisons = [...HITS, ...MISSES, ...PASS_THROUGH].filter(isWanted)
if (comparisons.length > 0) await runComparisons(cores)
const figures = await measureFigures(cores)
if (figures.length > 0) {
  console.log(toFigureTable(figures))
  console.log(`\n${countMissed(figures)} missed`)
}
if (profileFolder !== undefined) console.log(toTopFunctions(profileFolder).join('\n'))

async function runComparisons(bound: Cores | undefined): Promise<void> {
  const field = await startField(profileFolder, bound)
  const compared: Compared[] = []
  try {
    for (const scenario of comparisons) {
      process.stderr.write(`${scenario.title} …\n`)
      compared.push({ scenario, rows: await compare(scenario, field, effort) })
    }
    const latencies = only
      ? []
      : [
          ...(await measureHitLatency(field, effort.pairs * 3)),
          ...(await measureFirstFrame(field, effort.pairs)),
        ]
    const findings = { compared, latencies, effort, cores: bound }
    console.log(toTable(findings))
    console.log(judge(findings).join('\n'))
    if (only === undefined) writeResults(findings)
  } finally {
    await field.close()
  }
}

async function measureFigures(bound: Cores | undefined): Promise<Judged[]> {
  const judged: Judged[] = []
  for (const scenario of FLIGHTS.filter(isWanted)) {
    process.stderr.write(`${scenario.title} …\n`)
    const bench = { cores: bound, effort: isQuick ? 'quick' : 'full', profileFolder } as const
    judged.push({ title: scenario.title, figures: await scenario.measure(bench) })
  }
  return judged
}
