import type { Kind } from '../ollama/kind.ts'
import type { Outcome } from '../outcome.ts'
import type { Stages } from './stages.ts'

/** The words an outcome has in metrics, in the log and in the statistics. */
export type OutcomeWord = 'hit' | 'stale' | 'miss' | 'collapsed' | 'bypass' | 'error'

/** The word for an outcome; a method that nothing could have answered counts as a bypass. */
export function toWord(outcome: Outcome): OutcomeWord {
  switch (outcome.kind) {
    case 'hit':
    case 'stale':
    case 'miss':
    case 'collapsed':
    case 'bypass':
    case 'error':
      return outcome.kind
    case 'method':
      return 'bypass'
  }
}

/** What everything that counts or tells knows of a request that has ended, but for its numbers. */
export interface Form {
  readonly outcome: Outcome
  /** The endpoint's path, or `other`. */
  readonly endpoint: string
  readonly kind: Kind | 'none'
  /** A bounded label: a name of the origin's table, `other`, or empty where no model is concerned. */
  readonly model: string
  readonly status: number
  /** Whether the client stayed until its answer was out. */
  readonly client: 'stayed' | 'left'
  /** Whether the answer ended in `length` at a limit that Reprise put in. */
  readonly capped: 'capped' | 'not-capped'
}

/** Whether a request is to be counted, and neither shown nor written down: its client sent `Cache-Control: no-store`. */
export function leavesNoTrace({ outcome }: Form): boolean {
  return outcome.kind === 'bypass' && outcome.reason === 'no-store'
}

/** One finished request, as everything that counts or tells sees it. */
export interface Observation extends Form {
  readonly durationMs: number
  /** Where the time went; undefined for what the guard answered. */
  readonly stages: Stages | undefined
  readonly firstFrameMs: number | undefined
  readonly bytes: number
  /** What it would have cost to generate the answer; undefined unless nothing was generated for this request. */
  readonly saved: { readonly costMs: number; readonly tokens: number } | undefined
  /** What was generated though an entry could have been given (mode `observe`). */
  readonly avoidable?: Observation['saved']
}
