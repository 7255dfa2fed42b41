import { atMost, type Bench, type Figure, type FigureScenario } from '../harness/figure.ts'
import { pass, waitUntil } from '../harness/instant.ts'
import { measureConnecting, repeat } from '../harness/leave-connecting.ts'
import { AT_ONCE, type Script } from '../harness/script.ts'
import { openStage, toScripted } from '../harness/stage.ts'
import { quantile } from '../harness/statistics.ts'
import { findRun, reachDepth } from '../harness/watching.ts'
import { openClient } from '../harness/wire-client.ts'

/** A client that is alone with its question leaves, in each phase of it. */
export const LEAVING: FigureScenario = {
  title: 'flights: leaving, the only client is gone',
  standsFor: 'somebody who presses stop, or whose program has run out of patience',
  async measure(bench) {
    const times = bench.effort === 'quick' ? 3 : 20
    const connecting = await measureConnecting(bench, times)
    return [
      await measureQueued(bench, times),
      toFigure('connecting', connecting, 'no connection is being made'),
      await measureSent(bench, 'awaiting the first frame', times),
      await measureSent(bench, 'streaming', times),
    ]
  },
}

function toFigure(phase: string, ms: readonly number[], until: string): Figure {
  return {
    name: `${phase}: until ${until}, longest`,
    measured: Math.max(...ms),
    unit: 'ms',
    goal: atMost(100),
    detail: `p50 ${quantile(ms, 0.5).toFixed(2)}, ${ms.length} times`,
  }
}

/** The depth is read from the metrics, one reading after the other: each takes a few ms. */
async function measureQueued(bench: Bench, times: number): Promise<Figure> {
  const stage = await openStage(bench, { settings: { queue: { concurrency: 1 } } })
  const running = await openClient(stage.reprise.url)
  try {
    running.ask(toScripted({ ...AT_ONCE, tag: 'running', hold: 'all' }))
    await reachDepth(stage, 0)
    const ms = await repeat(times, async (turn) => {
      const client = await openClient(stage.reprise.url)
      client.ask(toScripted({ ...AT_ONCE, tag: `queued ${turn}` }))
      await reachDepth(stage, 1)
      const leftAt = client.leave()
      return (await reachDepth(stage, 0)) - leftAt
    })
    return toFigure('queued', ms, 'its place is free')
  } finally {
    running.leave()
    await stage.close()
  }
}

async function measureSent(
  bench: Bench,
  phase: 'awaiting the first frame' | 'streaming',
  times: number,
): Promise<Figure> {
  const stage = await openStage(bench)
  const what: Omit<Script, 'tag'> =
    phase === 'streaming' ? { ...AT_ONCE, frames: 10_000, paceMs: 5 } : { ...AT_ONCE, hold: 'all' }
  try {
    const ms = await repeat(times, async (turn) => {
      const tag = `${phase} ${turn}`
      const client = await openClient(stage.reprise.url)
      const coming = client.ask(toScripted({ ...what, tag }))
      if (phase === 'streaming') await coming.begun
      await waitUntil(async () => (await findRun(stage, tag)) !== undefined)
      await pass(IN_PHASE_MS)
      const leftAt = client.leave()
      await waitUntil(async () => (await findRun(stage, tag))?.leftAt !== undefined)
      return ((await findRun(stage, tag))?.leftAt ?? Number.NaN) - leftAt
    })
    return toFigure(phase, ms, 'the origin’s connection is closed')
  } finally {
    await stage.close()
  }
}

const IN_PHASE_MS = 20
