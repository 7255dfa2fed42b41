import { withPriority } from '../harness/cores.ts'
import { atMost, type Bench, type Figure, type FigureScenario } from '../harness/figure.ts'
import { NEW, nextNumbers, toNumbered } from '../harness/load.ts'
import { openProbe } from '../harness/probe.ts'
import type { Rival } from '../harness/rival.ts'
import { quantile } from '../harness/statistics.ts'
import { REPLY_FROM } from '../rivals/reply-from.ts'
import { REPRISE } from '../rivals/reprise.ts'
import { type Shape, toQuestion } from './questions.ts'

/**
 * What a miss makes the first frame later: the same origin, asked directly and through Reprise in turn, every question
 * new, which of them comes first changing with each turn; then the same with reply-from, so that neither has its core
 * taken by what the other does after an answer.
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
  const { direct, through } = await collect(bench, shape, REPRISE)
  const bare = await collect(bench, shape, REPLY_FROM)
  const added = toAdded({ direct, through })
  const toMs = (ms: readonly number[], share: number): string => quantile(ms, share).toFixed(3)
  const shares = (share: number): string =>
    `direct ${toMs(direct, share)}, through ${toMs(through, share)} ms; reply-from adds ${toMs(toAdded(bare), share)}`
  return [
    {
      name: `${shape}: later than direct, median`,
      measured: quantile(added, 0.5),
      unit: 'ms',
      goal: atMost(1),
      detail: shares(0.5),
      isHeadline: 'yes',
    },
    {
      name: `${shape}: later than direct, p99`,
      measured: quantile(added, 0.99),
      unit: 'ms',
      goal: atMost(3),
      detail: `${shares(0.99)}, ${added.length} of each`,
      isHeadline: 'yes',
    },
  ]
}

/** Times of the first frame in ms: of turn n the nth of each. */
interface Times {
  readonly direct: readonly number[]
  readonly through: readonly number[]
}

function toAdded({ direct, through }: Times): number[] {
  return direct.map((ms, turn) => (through[turn] ?? Number.NaN) - ms)
}

/**
 * What is being compiled is not what is measured: V8 does it on threads of its own, here on the server's core, in slices
 * of 4 ms. After a thousand turns reply-from has a p99 of 4.6 ms, after ten thousand one of 1.0. Of Reprise it compiles
 * for the first 20,000 to 40,000 misses (docs/design/miss-path.md).
 */
const WARM_UP_TURNS = { quick: 1_000, full: 30_000, long: 30_000 } as const

async function collect(bench: Bench, shape: Shape, rival: Rival): Promise<Times> {
  const { behind } = bench.field
  const warmUp = WARM_UP_TURNS[bench.effort]
  const turns = warmUp + (bench.effort === 'quick' ? 300 : 2_000)
  const servers = [behind, await bench.field.find(rival)]
  const probes = await Promise.all(servers.map(({ url }) => openProbe(url)))
  const times: number[][] = probes.map(() => [])
  const question = toQuestion('long', shape, NEW)
  const numbers = nextNumbers()
  await withPriority(bench.cores?.load, async () => {
    for (let asked = 0; asked < turns * probes.length; asked += 1) {
      const turn = Math.floor(asked / probes.length)
      const which = (asked + turn) % probes.length
      const timing = await probes[which]?.ask(toNumbered(question, numbers + asked))
      times[which]?.push(timing?.firstFrameMs ?? Number.NaN)
    }
  })
  for (const probe of probes) probe.close()
  const [direct = [], through = []] = times
  return { direct: direct.slice(warmUp), through: through.slice(warmUp) }
}
