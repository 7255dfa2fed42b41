import { createDurationCounts } from './durations.ts'
import type { ObservedGroup } from './observed-group.ts'
import { BOUNDS_OF, STAGE_NAMES } from './stages.ts'
import type { Labelled } from './tally-histogram.ts'

/** Durations of each stage of the requests with one outcome. */
export interface StageTallies {
  /** Stages that a request did not go through are not counted as short ones. */
  add(group: ObservedGroup): void
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

  add(group: ObservedGroup): void {
    for (const [stage, { duration }] of this.#tallies.entries()) {
      for (let i = 0; i < group.length; i++) {
        const ms = group.stageMs(i, stage)
        if (ms > 0) duration.add(ms / 1000)
      }
    }
  }

  all(): readonly Labelled[] {
    return this.#tallies
  }
}
