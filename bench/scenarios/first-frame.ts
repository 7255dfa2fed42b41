import { withPriority } from '../harness/cores.ts'
import { atMost, type Bench, type Figure, type FigureScenario } from '../harness/figure.ts'
import { NEW } from '../harness/load.ts'
import { openPair, type Times } from '../harness/pair.ts'
import { quantile } from '../harness/statistics.ts'
import { REPLY_FROM } from '../rivals/reply-from.ts'
import { REPRISE } from '../rivals/reprise.ts'
import { type Shape, toQuestion } from './questions.ts'

/**
 * What a miss makes the first frame later: the same origin, asked directly and through Reprise in turn, every question
 * new, which of them comes first changing with each turn; then the same with reply-from, so that neither has its core
 * taken by what the other does after an answer. Five rounds of both, and the median of the five.
 */
export const FIRST_FRAME: FigureScenario = {
  title: 'miss, what it adds to the first frame, one connection',
  standsFor: 'somebody who watches an answer being written, and has never asked before',
  tier: 'quick',
  async measure(bench) {
    const figures: Figure[] = []
    for (const shape of ['stream', 'whole'] as const) {
      figures.push(...(await measureShape(bench, shape)))
    }
    return figures
  },
}

async function measureShape(bench: Bench, shape: Shape): Promise<Figure[]> {
  const { behind } = bench.field
  const question = toQuestion('long', shape, NEW)
  const reprise = await openPair(behind, await bench.field.find(REPRISE), question)
  const bare = await openPair(behind, await bench.field.find(REPLY_FROM), question)
  const { rounds, turns, warmUp } = COUNTS[bench.effort]
  const taken: Record<'reprise' | 'bare', Times[]> = { reprise: [], bare: [] }
  await withPriority(bench.cores?.load, async () => {
    for (const pair of [reprise, bare]) await pair.ask(warmUp)
    for (let round = 0; round < rounds; round += 1) {
      for (const pair of [reprise, bare]) await pair.ask(LEAD_IN_TURNS)
      taken.reprise.push(await reprise.ask(turns))
      taken.bare.push(await bare.ask(turns))
    }
  })
  for (const pair of [reprise, bare]) pair.close()
  const toFigure = (share: number, name: string, goalMs: number): Figure => ({
    name: `${shape}: later than direct, ${name}`,
    measured: toMedian(taken.reprise, toAdded, share),
    unit: 'ms',
    goal: atMost(goalMs),
    detail: toDetail(taken, share),
    isHeadline: 'yes',
  })
  return [toFigure(0.5, 'median', 1), toFigure(0.99, 'p99', 3)]
}

function toAdded({ direct, through }: Times): number[] {
  return direct.map((ms, turn) => (through[turn] ?? Number.NaN) - ms)
}

/** The median of the rounds. */
function toMedian(
  rounds: readonly Times[],
  read: (times: Times) => readonly number[],
  share: number,
): number {
  return quantile(
    rounds.map((times) => quantile(read(times), share)),
    0.5,
  )
}

function toDetail({ reprise, bare }: Record<'reprise' | 'bare', Times[]>, share: number): string {
  const rounds = reprise.map((times) => quantile(toAdded(times), share).toFixed(2)).join(', ')
  const direct = toMedian(reprise, (times) => times.direct, share).toFixed(3)
  const through = toMedian(reprise, (times) => times.through, share).toFixed(3)
  const others = toMedian(bare, toAdded, share).toFixed(3)
  return `rounds ${rounds}; direct ${direct}, through ${through}; reply-from adds ${others}`
}

/**
 * What is being compiled is not what is measured: V8 does it on threads of its own, here on the server's core, in slices
 * of 4 ms. After a thousand turns reply-from has a p99 of 4.6 ms, after ten thousand one of 1.0. Of Reprise it compiles
 * for the first 20,000 to 40,000 misses (docs/design/miss-path.md).
 */
const COUNTS = {
  quick: { rounds: 1, turns: 300, warmUp: 1_000 },
  full: { rounds: 5, turns: 2_000, warmUp: 30_000 },
  long: { rounds: 5, turns: 2_000, warmUp: 30_000 },
} as const
/** After the other has had its round. */
const LEAD_IN_TURNS = 200
