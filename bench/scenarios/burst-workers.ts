import { type BurstSeen, runBurst } from '../harness/burst-round.ts'
import { exactly, type Figure, type FigureScenario } from '../harness/figure.ts'
import { openStage } from '../harness/stage.ts'

/** The same burst before two workers: whoever is asked, there is one run. All three processes share the server's core. */
export const BURST_WORKERS: FigureScenario = {
  title: 'flights: burst before two workers, 1 000 clients with one question',
  standsFor: 'a second core for hits, and a batch job whose first prompt is new',
  async measure(bench) {
    const stage = await openStage(bench, { settings: { server: { workers: 2 } } })
    try {
      const count = bench.effort === 'quick' ? 100 : 1_000
      const tag = 'burst before workers'
      const script = {
        tag,
        frames: 256,
        frameBytes: 1_024,
        paceMs: 10,
        thinkMs: 50,
        hold: 'none',
      } as const
      return toFigures(count, await runBurst(stage, { mix: 'streams', count, script }))
    } finally {
      await stage.close()
    }
  },
}

function toFigures(count: number, { comings, runs, tookMs, afterOriginMs }: BurstSeen): Figure[] {
  const good = comings.filter(({ status }) => status === 200)
  const riding = good.filter(({ isEqual }) => isEqual).length
  // Who gets through to the first process when the run is over is given what was kept, with an instant of its own.
  const known = good.filter(
    ({ isEqual, headers }) => !isEqual && /^x-cache: hit\r?$/im.test(headers),
  )
  return [
    { name: 'runs of the origin', measured: runs, unit: 'runs', goal: exactly(1) },
    {
      name: 'clients that were given its answer',
      measured: riding + known.length,
      unit: 'clients',
      goal: exactly(count),
      detail: `${riding} while it came, ${known.length} when it was kept`,
    },
    {
      name: 'from the origin’s last byte to the last client’s',
      measured: afterOriginMs,
      unit: 'ms',
      detail: `all of it took ${tookMs.toFixed(0)} ms`,
    },
  ]
}
