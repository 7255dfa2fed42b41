import { type Form, type OutcomeWord, toWord } from './observation.ts'
import type { ObservedGroup } from './observed-group.ts'

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
export function toTold(group: ObservedGroup, i: number): Told {
  const { outcome, endpoint, model, status } = group.form
  const savedMs = group.savedMs(i)
  return {
    outcome: toWord(outcome),
    reason: reasonOf(group.form),
    route: endpoint,
    model,
    status,
    ms: Math.round(group.durationMs(i) * 100) / 100,
    savedMs: savedMs === undefined ? undefined : Math.round(savedMs),
  }
}

/** Why it was not a hit, where its outcome has a reason. */
function reasonOf({ outcome }: Form): string | undefined {
  return 'reason' in outcome ? outcome.reason : undefined
}
