import type { Question } from './load.ts'
import { quantile } from './statistics.ts'
import type { WireClient } from './wire-client.ts'

/** The middle one's time to the first byte in each round, in ms. */
export interface CrowdTimes {
  readonly direct: readonly number[]
  readonly added: readonly number[]
}

/** Directly and through Reprise in turn, which comes first changing with each round. */
export async function compareCrowds(
  direct: readonly WireClient[],
  through: readonly WireClient[],
  questions: readonly Question[],
): Promise<CrowdTimes> {
  const beside: number[] = []
  const added: number[] = []
  for (const [round, question] of questions.entries()) {
    const medians = new Map<unknown, number>()
    for (const clients of round % 2 === 0 ? [direct, through] : [through, direct]) {
      medians.set(clients, await readCrowd(clients, question))
    }
    const [without = Number.NaN, withIt = Number.NaN] = [medians.get(direct), medians.get(through)]
    beside.push(without)
    added.push(withIt - without)
  }
  return { direct: beside, added }
}

/** Everybody asks the same at once: the middle of the times to the first byte, in ms. */
export async function readCrowd(
  clients: readonly WireClient[],
  question: Question,
): Promise<number> {
  const comings = clients.map((client) => client.ask(question))
  await Promise.all(comings.map(({ over }) => over))
  return quantile(
    comings.map(({ firstByteAt = Number.NaN, sentAt }) => firstByteAt - sentAt),
    0.5,
  )
}
