import { createDurationCounts } from './durations.ts'
import { BOUNDS_OF, STAGE_NAMES, type Stages } from './stages.ts'
import type { Labelled } from './tally-histogram.ts'

/** Durations of each stage of the requests with one outcome. */
export interface StageTallies {
  /** Stages that a request did not go through are not counted as short ones. */
  add(stages: Stages): void
  /** One for each stage, in the order of the stages. */
  all(): readonly Labelled[]
}

/** Starts at zero. */
export function createStageTallies(outcome: string): StageTallies {
  return new Rows(outcome)
}

class Rows implements StageTallies {
  readonly #tallies: readonly Labelled[]

  constructor(outcome: string) {
    this.#tallies = STAGE_NAMES.map((stage) => ({
      labels: { stage, outcome },
      duration: createDurationCounts(BOUNDS_OF[stage]),
    }))
  }

  add(stages: Stages): void {
    for (let i = 0; i < stages.length; i++) {
      const ms = stages[i] ?? 0
      if (ms > 0) this.#tallies[i]?.duration.add(ms / 1000)
    }
  }

  all(): readonly Labelled[] {
    return this.#tallies
  }
}
