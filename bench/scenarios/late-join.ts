import { atMost, exactly, type Figure, type FigureScenario } from '../harness/figure.ts'
import { type Joined, joinAll } from '../harness/joining.ts'
import type { Script } from '../harness/script.ts'
import { openStage } from '../harness/stage.ts'
import { quantile } from '../harness/statistics.ts'

/** A long answer, five times as fast as a model speaks: 1 500 frames of 120 bytes in 6 s. */
const SCRIPT: Omit<Script, 'tag'> = {
  frames: 1_500,
  frameBytes: 120,
  paceMs: 4,
  thinkMs: 0,
  hold: 'none',
}

/** Clients come at any moment of a stream. */
export const LATE_JOIN: FigureScenario = {
  title: 'flights: late join, clients that come at random moments of a stream of 6 s',
  standsFor: 'a second tab, or an agent’s retry, that asks while the answer is being written',
  async measure(bench) {
    const stage = await openStage(bench)
    const rounds = bench.effort === 'quick' ? 1 : 3
    try {
      // What is compiled when the first one comes is not what is measured.
      await joinAll(stage, { ...SCRIPT, tag: 'warm up' }, 20)
      const joined: Joined[] = []
      for (let round = 0; round < rounds; round += 1) {
        joined.push(...(await joinAll(stage, { ...SCRIPT, tag: `round ${round}` }, 100)))
      }
      return toFigures(joined, (await stage.readLog()).runs.length - 1 - rounds)
    } finally {
      await stage.close()
    }
  },
}

function toFigures(joined: readonly Joined[], surplus: number): Figure[] {
  const first = joined.map(({ firstByteMs }) => firstByteMs)
  const caughtUp = joined.map(({ caughtUpMs }) => caughtUpMs)
  const goal = atMost(10)
  const spread = (values: readonly number[]): string =>
    `p50 ${quantile(values, 0.5).toFixed(2)}, longest ${quantile(values, 1).toFixed(2)}, ${values.length} clients`
  return [
    {
      name: 'first byte of the body, p99',
      measured: quantile(first, 0.99),
      unit: 'ms',
      goal,
      detail: spread(first),
    },
    {
      name: 'the whole backlog, p99',
      measured: quantile(caughtUp, 0.99),
      unit: 'ms',
      goal,
      detail: spread(caughtUp),
    },
    {
      name: 'clients whose bytes are not the origin’s',
      measured: joined.filter(({ isEqual }) => !isEqual).length,
      unit: 'clients',
      goal: exactly(0),
    },
    { name: 'runs beyond one for each stream', measured: surplus, unit: 'runs', goal: exactly(0) },
  ]
}
