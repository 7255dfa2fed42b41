import { toUsual } from '../harness/cores.ts'
import { atMost, type Bench, type Figure, type FigureScenario } from '../harness/figure.ts'
import { pass } from '../harness/instant.ts'
import { CONNECTIONS, NEW } from '../harness/load.ts'
import { readLoopDelay } from '../harness/loop-delay.ts'
import { readResident } from '../harness/memory.ts'
import type { Server } from '../harness/servers.ts'
import { startReprise } from '../harness/stage.ts'
import { quantile } from '../harness/statistics.ts'
import { toQuestion } from './questions.ts'

const COUNTS = { quick: 20_000, full: 200_000, long: 1_000_000 } as const

/** Unflattering: nothing is ever asked again, so that all that is kept was kept in vain. */
export const DISTINCT: FigureScenario = {
  title: 'distinct misses: memory and event-loop delay over a long run',
  standsFor: 'a batch that runs for days through a cache which never helps it',
  async measure(bench) {
    // The kernel takes 50 ms of each second away from a real-time thread that never sleeps (sched(7)): seen from
    // inside, that would be the loop's delay.
    const place = bench.cores && toUsual(bench.cores).server
    const reprise = await startReprise(bench, bench.field.behind.url, {}, place)
    try {
      const slices: Slice[] = []
      while ((slices.at(-1)?.total ?? 0) < COUNTS[bench.effort]) {
        slices.push(await runSlice(bench, reprise.server, slices.at(-1)?.total ?? 0))
      }
      return toFigures(slices)
    } finally {
      await reprise.close()
    }
  },
}

interface Slice {
  /** Misses up to its end. */
  readonly total: number
  readonly perSecond: number
  readonly residentMib: number
  /** p99 of how late the loop was, in ms. */
  readonly delayMs: number
}

const SLICE_SECONDS = 5
/** What others on the machine get between two slices. */
const PAUSE_MS = 1_000
/**
 * Until memory is filled with what it may hold, and the heap has grown to it: a fifth, and at least so many misses
 * (64 MiB hold 57,000 of these answers). A glance is not long enough for that: its second half is looked at.
 */
const FILLED_SHARE = 0.2
const FILLED = 80_000

function isFilled({ total }: Slice, all: number): boolean {
  return total >= Math.max(all * FILLED_SHARE, Math.min(FILLED, all / 2))
}

async function runSlice(bench: Bench, server: Server, before: number): Promise<Slice> {
  const asking = { kind: 'always-new', question: toQuestion('short', 'stream', NEW) } as const
  await readLoopDelay(server, 'p99')
  const load = { server, asking, connections: CONNECTIONS, seconds: SLICE_SECONDS }
  const { requests, seconds } = await bench.drivers.usual.drive(load)
  const delayMs = await readLoopDelay(server, 'p99')
  const { nowMib } = readResident(server.pid)
  await pass(PAUSE_MS)
  const perSecond = requests / seconds
  return { total: before + requests, perSecond, residentMib: nowMib, delayMs }
}

function toFigures(slices: readonly Slice[]): Figure[] {
  const total = slices.at(-1)?.total ?? Number.NaN
  const filled = slices.filter((slice) => isFilled(slice, total))
  const [base] = filled
  const most = Math.max(...filled.map(({ residentMib }) => residentMib))
  const rates = slices.map(({ perSecond }) => perSecond)
  const delays = filled.map(({ delayMs }) => delayMs)
  const shown = filled.filter((_, index) => index % Math.ceil(filled.length / 10) === 0)
  return [
    {
      name: `memory after ${total} misses ÷ when memory was full`,
      measured: most / (base?.residentMib ?? Number.NaN),
      unit: '×',
      goal: atMost(1.1),
      detail: `${shown.map(({ residentMib }) => residentMib.toFixed(0)).join(', ')} MiB`,
      isHeadline: 'yes',
    },
    {
      name: 'event-loop delay, p99, median of the slices',
      measured: quantile(delays, 0.5),
      unit: 'ms',
      goal: atMost(5),
      detail: `longest ${Math.max(...delays).toFixed(1)}; slices of ${SLICE_SECONDS} s at saturation`,
      isHeadline: 'yes',
    },
    {
      name: 'misses a second, last slice ÷ first after the fill',
      measured: (slices.at(-1)?.perSecond ?? Number.NaN) / (base?.perSecond ?? Number.NaN),
      unit: '×',
      detail: `median ${quantile(rates, 0.5).toFixed(0)} a second`,
    },
  ]
}
