import { withPriority } from '../harness/cores.ts'
import { atMost, type Bench, type Figure, type FigureScenario } from '../harness/figure.ts'
import { NEW, nextNumbers, toNumbered } from '../harness/load.ts'
import { openProbe } from '../harness/probe.ts'
import { quantile } from '../harness/statistics.ts'
import { REPLY_FROM } from '../rivals/reply-from.ts'
import { REPRISE } from '../rivals/reprise.ts'
import { type Shape, toQuestion } from './questions.ts'

/**
 * What a miss makes the first frame later: the same origin, asked directly, through Reprise and through
 * reply-from in turn, every question new, which of them comes first changing with each turn.
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
  const turns = bench.effort === 'quick' ? 300 : 2_000
  await collect(bench, shape, WARM_UP_TURNS[bench.effort])
  const { direct, through, bare } = await collect(bench, shape, turns)
  const added = direct.map((ms, index) => (through[index] ?? Number.NaN) - ms)
  const toMs = (ms: readonly number[], share: number): string => quantile(ms, share).toFixed(3)
  const shares = (share: number): string =>
    `direct ${toMs(direct, share)}, through ${toMs(through, share)}, reply-from ${toMs(bare, share)} ms`
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
      detail: `${shares(0.99)}, ${turns} of each`,
      isHeadline: 'yes',
    },
  ]
}

/**
 * What is being compiled is not what is measured: V8 does it on threads of its own, here on the server's core, in slices
 * of 4 ms. After a thousand turns reply-from has a p99 of 4.6 ms, after ten thousand one of 1.0.
 */
const WARM_UP_TURNS = { quick: 1_000, full: 10_000, long: 10_000 } as const

async function collect(bench: Bench, shape: Shape, turns: number) {
  const { behind } = bench.field
  const servers = [behind, await bench.field.find(REPRISE), await bench.field.find(REPLY_FROM)]
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
  const [direct = [], through = [], bare = []] = times
  return { direct, through, bare }
}
