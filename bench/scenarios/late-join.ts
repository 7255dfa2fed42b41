import type { Figure, FigureScenario } from '../harness/figure.ts'
import { pass, readInstantMs } from '../harness/instant.ts'
import { type Script, toFrames } from '../harness/script.ts'
import { openStage, type Stage, toScripted } from '../harness/stage.ts'
import { quantile } from '../harness/statistics.ts'
import { openClient, openClients, type WireClient } from '../harness/wire-client.ts'

/** A long answer, five times as fast as a model speaks: 1 500 frames of 120 bytes in 6 s. */
const SCRIPT: Omit<Script, 'tag'> = {
  frames: 1_500,
  frameBytes: 120,
  paceMs: 4,
  thinkMs: 0,
  hold: 'none',
}

const STREAM_MS = SCRIPT.frames * SCRIPT.paceMs

/** Clients come at any moment of a stream. */
export const LATE_JOIN: FigureScenario = {
  title: 'flights: late join, clients that come at random moments of a stream of 6 s',
  standsFor: 'a second tab, or an agent’s retry, that asks while the answer is being written',
  async measure(bench) {
    const stage = await openStage(bench)
    const rounds = bench.effort === 'full' ? 3 : 1
    try {
      // What is compiled when the first one comes is not what is measured.
      await joinAll(stage, 'warm up', 20)
      const joined: Joined[] = []
      for (let round = 0; round < rounds; round += 1) {
        joined.push(...(await joinAll(stage, `round ${round}`, 100)))
      }
      return toFigures(joined, (await stage.readLog()).runs.length - 1 - rounds)
    } finally {
      await stage.close()
    }
  },
}

/** One client that came late, in ms since its request was written. */
interface Joined {
  readonly firstByteMs: number
  /** Until it had all that the first client had had when it came. */
  readonly caughtUpMs: number
  readonly isEqual: boolean
}

function toFigures(joined: readonly Joined[], surplus: number): Figure[] {
  const first = joined.map(({ firstByteMs }) => firstByteMs)
  const caughtUp = joined.map(({ caughtUpMs }) => caughtUpMs)
  const goal = { kind: 'at-most', value: 10 } as const
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
      goal: { kind: 'exactly', value: 0 },
    },
    {
      name: 'runs beyond one for each stream',
      measured: surplus,
      unit: 'runs',
      goal: { kind: 'exactly', value: 0 },
    },
  ]
}

async function joinAll(stage: Stage, tag: string, count: number): Promise<Joined[]> {
  const script = { ...SCRIPT, tag }
  const question = toScripted(script)
  const expected = Buffer.concat(toFrames(script))
  const leader = await openClient(stage.reprise.url)
  const clients = await openClients(stage.reprise.url, count)
  const leading = leader.ask(question)
  await leading.begun
  const join = async (client: WireClient): Promise<Joined> => {
    await pass(Math.random() * (STREAM_MS - 500))
    const backlog = leading.bytes
    let caughtUpAt: number | undefined
    const coming = client.ask(question, {
      expected,
      onBytes: (total) => {
        if (total >= backlog) caughtUpAt ??= readInstantMs()
      },
    })
    await coming.over
    const { firstByteAt = Number.NaN, sentAt, isEqual } = coming
    return {
      firstByteMs: firstByteAt - sentAt,
      caughtUpMs: (caughtUpAt ?? Number.NaN) - sentAt,
      isEqual,
    }
  }
  const joined = await Promise.all(clients.map(join))
  for (const client of [leader, ...clients]) client.leave()
  return joined
}
