import { startDeafOrigin } from '../harness/connecting.ts'
import type { Bench, Figure, FigureScenario } from '../harness/figure.ts'
import { pass, waitUntil } from '../harness/instant.ts'
import { AT_ONCE, type Script } from '../harness/script.ts'
import { openStage, readMetric, type Stage, startReprise, toScripted } from '../harness/stage.ts'
import { quantile } from '../harness/statistics.ts'
import { openClient } from '../harness/wire-client.ts'

/** A client that is alone with its question leaves, in each phase of it. */
export const LEAVING: FigureScenario = {
  title: 'flights: leaving, the only client is gone',
  standsFor: 'somebody who presses stop, or whose program has run out of patience',
  async measure(bench) {
    const times = bench.effort === 'full' ? 20 : 3
    return [
      await measureQueued(bench, times),
      await measureConnecting(bench, times),
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
    goal: { kind: 'at-most', value: 100 },
    detail: `p50 ${quantile(ms, 0.5).toFixed(2)}, ${ms.length} times`,
  }
}

async function repeat(times: number, once: (turn: number) => Promise<number>): Promise<number[]> {
  const ms: number[] = []
  for (let turn = 0; turn < times; turn += 1) ms.push(await once(turn))
  return ms
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

function reachDepth({ reprise }: Stage, depth: number): Promise<number> {
  return waitUntil(async () => (await readMetric(reprise, 'reprise_queue_depth')) === depth)
}

async function measureConnecting(bench: Bench, times: number): Promise<Figure> {
  const origin = await startDeafOrigin(bench)
  // Without a cache nothing but the run itself asks the origin.
  const reprise = await startReprise(bench, origin.url, { cache: { enabled: false } })
  try {
    await waitUntil(() => origin.countConnecting() === 0)
    const ms = await repeat(times, async (turn) => {
      const client = await openClient(reprise.server.url)
      client.ask(toScripted({ ...AT_ONCE, tag: `connecting ${turn}` }))
      await waitUntil(() => origin.countConnecting() === 1)
      const leftAt = client.leave()
      return (await waitUntil(() => origin.countConnecting() === 0)) - leftAt
    })
    return toFigure('connecting', ms, 'no connection is being made')
  } finally {
    await reprise.close()
    await origin.close()
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

async function findRun(stage: Stage, tag: string) {
  return (await stage.readLog()).runs.find((run) => run.tag === tag)
}
