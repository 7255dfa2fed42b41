import { nextNumbers, type Question, toNumbered } from './load.ts'
import { openProbe } from './probe.ts'
import type { Server } from './servers.ts'

/** Times of the first frame in ms: of turn n the nth of each. */
export interface Times {
  readonly direct: readonly number[]
  readonly through: readonly number[]
}

/** A server and the origin behind it, each with one connection. */
export interface Pair {
  /** Asks both in turn, so many times each; every question is new, and which of them comes first changes with each turn. */
  ask(turns: number): Promise<Times>
  close(): void
}

/** Connects to both. The question has the place of a number in it. */
export async function openPair(
  origin: Pick<Server, 'url'>,
  server: Pick<Server, 'url'>,
  question: Question,
): Promise<Pair> {
  const probes = [await openProbe(origin.url), await openProbe(server.url)] as const
  let number = nextNumbers()

  async function ask(turns: number): Promise<Times> {
    const [direct, through]: [number[], number[]] = [[], []]
    for (let turn = 0; turn < turns; turn += 1) {
      for (const which of turn % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        const { firstFrameMs } = await probes[which].ask(toNumbered(question, number++))
        const times = which === 0 ? direct : through
        times.push(firstFrameMs)
      }
    }
    return { direct, through }
  }

  function close(): void {
    for (const probe of probes) probe.close()
  }

  return { ask, close }
}
