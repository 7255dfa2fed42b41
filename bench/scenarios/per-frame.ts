import { withPriority } from '../harness/cores.ts'
import type { Figure, FigureScenario } from '../harness/figure.ts'
import { openStage, toScripted } from '../harness/stage.ts'
import { readStamped, type Stamped } from '../harness/stamps.ts'
import { quantile } from '../harness/statistics.ts'

/** A model that speaks as fast as the fastest do: a frame every two ms. */
const SCRIPT = { frames: 300, frameBytes: 120, paceMs: 2, thinkMs: 0, hold: 'none' } as const

/** How much later each word is seen, because somebody stands between. */
export const PER_FRAME: FigureScenario = {
  title: 'miss, what it adds to each frame of a stream',
  standsFor: 'somebody who watches an answer being written',
  async measure(bench) {
    const stage = await openStage(bench)
    const rounds = bench.effort === 'quick' ? 2 : 10
    const seen: Record<'direct' | 'through', Stamped[]> = { direct: [], through: [] }
    try {
      for (let round = 0; round < rounds; round += 1) {
        const question = toScripted({ ...SCRIPT, tag: `round ${round}`, stamp: 'sent-at' })
        const servers = { direct: stage.origin, through: stage.reprise }
        for (const name of ['direct', 'through'] as const) {
          const read = () => readStamped(servers[name].url, question)
          seen[name].push(...(await withPriority(bench.cores?.load, read)))
        }
      }
    } finally {
      await stage.close()
    }
    return [toFigure(seen, 0.5, 'median'), toFigure(seen, 0.99, 'p99')]
  },
}

function toFigure(
  { direct, through }: Record<'direct' | 'through', readonly Stamped[]>,
  share: number,
  name: string,
): Figure {
  const read = (frames: readonly Stamped[]): number =>
    quantile(
      frames.map(({ sentAt, seenAt }) => seenAt - sentAt),
      share,
    )
  return {
    name: `later than direct, ${name}`,
    measured: read(through) - read(direct),
    unit: 'ms',
    detail: `direct ${read(direct).toFixed(3)} ms, through ${read(through).toFixed(3)} ms, ${through.length} frames`,
  }
}
