import { toUsual } from '../harness/cores.ts'
import { findDrivers } from '../harness/drivers.ts'
import { atLeast, type Bench, type Figure, type FigureScenario } from '../harness/figure.ts'
import { type Asking, CONNECTIONS, type Driver, prime, runLoad } from '../harness/load.ts'
import type { Server } from '../harness/servers.ts'
import { readMetric, startReprise } from '../harness/stage.ts'
import { toRangeText, toSpread } from '../harness/statistics.ts'
import { toQuestion } from './questions.ts'

/**
 * Hits of a server that counts each and writes a line of it, as it does when installed, beside one that does neither.
 * Both are new in each round: a process keeps its luck (where its memory lies, what was compiled when) as long as it
 * lives, and the same code, started ten times, differs by more than what is asked here. Told is the median of all seconds
 * of one by the second of the other beside it: a second is what the machine is steady for. In the usual class: in the
 * real-time one whoever reads the log does not get to read it, and what is measured is how fast lines are dropped.
 */
export const OBSERVING: FigureScenario = {
  title: 'hit, whole, with and without metrics and log',
  standsFor: 'what it costs to see what happens',
  async measure(bench) {
    const rounds: Round[] = []
    const count = bench.effort === 'quick' ? 3 : 9
    for (let round = 0; round < count; round += 1) rounds.push(await measureRound(bench, round))
    return toFigures(rounds)
  },
}

const ASKING: Asking = { kind: 'in-turn', questions: [toQuestion('long', 'whole', 'observed')] }
const SETTINGS = {
  observed: { log: { level: 'info', format: 'json' } },
  unobserved: { metrics: { enabled: false } },
} as const
type Arm = keyof typeof SETTINGS

/** Either is first as often as second, and early as often as late. */
const TURNS: readonly Arm[] = ['observed', 'unobserved', 'unobserved', 'observed']
const WARM_UPS = 3
const SLICES = 3

/** What each did in one round, in requests per second: the slices of one place in both lists followed each other. */
interface Round extends Readonly<Record<Arm, readonly number[]>> {
  /** Share of the lines that nobody took in time. */
  readonly dropped: number
}

async function measureRound(bench: Bench, round: number): Promise<Round> {
  const cores = bench.cores && toUsual(bench.cores)
  const { usual: driver } = findDrivers(cores)
  const start = (arm: Arm) =>
    startReprise(bench, bench.field.behind.url, SETTINGS[arm], cores?.server)
  const started = { observed: await start('observed'), unobserved: await start('unobserved') }
  const turns = round % 2 === 0 ? TURNS : TURNS.toReversed()
  const rates: Record<Arm, number[]> = { observed: [], unobserved: [] }
  let asked = 0
  const ask = async (arm: Arm): Promise<number> => {
    const seen = await askFor(driver, started[arm].server)
    if (arm === 'observed') asked += seen.requests
    return seen.requestsPerSecond
  }
  for (const arm of ['observed', 'unobserved'] as const) {
    await prime(started[arm].server, ASKING)
    for (let turn = 0; turn < WARM_UPS; turn += 1) await ask(arm)
  }
  for (let slice = 0; slice < SLICES; slice += 1) {
    for (const arm of turns) rates[arm].push(await ask(arm))
  }
  const dropped = await readMetric(started.observed.server, 'reprise_log_dropped_total')
  for (const { close } of Object.values(started)) await close()
  return { ...rates, dropped: dropped / asked }
}

function askFor(driver: Driver, server: Server) {
  return runLoad(driver, { server, asking: ASKING, connections: CONNECTIONS, seconds: 1 })
}

function toFigures(rounds: readonly Round[]): Figure[] {
  const ratio = toSpread(
    rounds.flatMap(({ observed, unobserved }) =>
      observed.map((rate, slice) => rate / (unobserved[slice] ?? Number.NaN)),
    ),
  )
  const median = (name: keyof Round): number => toSpread(rounds.flatMap((one) => one[name])).median
  const rates = `${median('observed').toFixed(0)} against ${median('unobserved').toFixed(0)} requests/s`
  return [
    {
      name: 'observed beside unobserved',
      measured: ratio.median,
      unit: '×',
      goal: atLeast(0.95),
      detail: `${toRangeText(ratio)}, ${rates}, ${rounds.length} of each, ${toShare(median('dropped'))} of the lines dropped`,
      isHeadline: 'yes',
    },
  ]
}

function toShare(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
