import { type Observation, type OutcomeWord, toWord } from './observe.ts'

/** What is told of one request wherever requests are told of one by one: in the log, and to viewers. */
export interface Told {
  readonly outcome: OutcomeWord
  readonly reason: string | undefined
  readonly route: string
  readonly model: string
  readonly status: number
  /** With two places. */
  readonly ms: number
  /** Generation time that was not spent again; undefined unless an entry was given. */
  readonly savedMs: number | undefined
}

/** Never its text. */
export function toTold(observation: Observation): Told {
  const { outcome, endpoint, model, status, durationMs, saved } = observation
  return {
    outcome: toWord(outcome),
    reason: reasonOf(observation),
    route: endpoint,
    model,
    status,
    ms: Math.round(durationMs * 100) / 100,
    savedMs: saved && Math.round(saved.costMs),
  }
}

/** Why it was not a hit, where its outcome has a reason. */
export function reasonOf({ outcome }: Observation): string | undefined {
  return 'reason' in outcome ? outcome.reason : undefined
}
