import { toUsual } from '../harness/cores.ts'
import { findDrivers } from '../harness/drivers.ts'
import { atLeast, type Bench, type Figure, type FigureScenario } from '../harness/figure.ts'
import { type Asking, CONNECTIONS, type Measured, prime, runLoad } from '../harness/load.ts'
import type { Server } from '../harness/servers.ts'
import { readMetric, startReprise } from '../harness/stage.ts'
import { toRangeText, toSpread } from '../harness/statistics.ts'
import { toQuestion } from './questions.ts'

/**
 * Hits of a server that counts each and writes a line of it, as it does when installed, beside one that does neither. Both
 * are asked at once and share one core, which the kernel gives to either in turn, milliseconds at a time: what else
 * happens on the machine slows both. Asked one after the other, a second each, the same server differed from itself by a
 * tenth. Both are new in each round: a process keeps its luck (where its memory lies, what was compiled when) as long
 * as it lives. In the usual class: in the real-time one whoever reads the log does not get to read it.
 */
export const OBSERVING: FigureScenario = {
  title: 'hit, whole, with and without metrics and log',
  standsFor: 'what it costs to see what happens',
  async measure(bench) {
    const rounds: Round[] = []
    const count = bench.effort === 'quick' ? 3 : 9
    for (let round = 0; round < count; round += 1) rounds.push(await measureRound(bench))
    return toFigures(rounds)
  },
}

const ASKING: Asking = { kind: 'in-turn', questions: [toQuestion('long', 'whole', 'observed')] }
const OBSERVED = { log: { level: 'info', format: 'json' } }
const UNOBSERVED = { metrics: { enabled: false } }
const WARM_UPS = 3
const SLICES = 2
const SLICE_SECONDS = 3

/** What both did at the same time, in one round of new servers. */
interface Round {
  readonly slices: readonly { readonly observed: Measured; readonly unobserved: Measured }[]
  /** Share of the lines that nobody took in time. */
  readonly dropped: number
}

async function measureRound(bench: Bench): Promise<Round> {
  const cores = bench.cores && toUsual(bench.cores)
  const { usual: driver } = findDrivers(cores)
  const start = (settings: Readonly<Record<string, unknown>>) =>
    startReprise(bench, bench.field.behind.url, settings, cores?.server)
  const [observed, unobserved] = [await start(OBSERVED), await start(UNOBSERVED)]
  const ask = (server: Server) =>
    runLoad(driver, { server, asking: ASKING, connections: CONNECTIONS, seconds: SLICE_SECONDS })
  const askBoth = async () => {
    const both = await Promise.all([ask(observed.server), ask(unobserved.server)])
    return { observed: both[0], unobserved: both[1] }
  }
  for (const { server } of [observed, unobserved]) await prime(server, ASKING)
  let asked = 0
  const slices: { observed: Measured; unobserved: Measured }[] = []
  for (let slice = 0; slice < WARM_UPS + SLICES; slice += 1) {
    const seen = await askBoth()
    asked += seen.observed.requests
    if (slice >= WARM_UPS) slices.push(seen)
  }
  const dropped = await readMetric(observed.server, 'reprise_log_dropped_total')
  for (const { close } of [observed, unobserved]) await close()
  return { slices, dropped: dropped / asked }
}

function toFigures(rounds: readonly Round[]): Figure[] {
  const slices = rounds.flatMap((round) => round.slices)
  const ratioOf = (read: (one: Measured) => number | undefined) =>
    toSpread(
      slices.map(
        ({ observed, unobserved }) =>
          (read(observed) ?? Number.NaN) / (read(unobserved) ?? Number.NaN),
      ),
    )
  const ratio = ratioOf(({ requestsPerSecond }) => requestsPerSecond)
  const cost = ratioOf(({ cpuMicroseconds }) => cpuMicroseconds)
  const dropped = toSpread(rounds.map((round) => round.dropped)).median
  return [
    {
      name: 'observed beside unobserved',
      measured: ratio.median,
      unit: '×',
      goal: atLeast(0.95),
      detail: `${toRangeText(ratio)}, processor time of an answer ${cost.median.toFixed(2)} ×, ${rounds.length} of each, ${(100 * dropped).toFixed(1)} % of the lines dropped`,
      isHeadline: 'yes',
    },
  ]
}
