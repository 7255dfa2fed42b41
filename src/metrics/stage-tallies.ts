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

/** Requests that wait to be counted. */
const WAITING = 64
const STAGES = STAGE_NAMES.length

/** Requests wait in a table, and are counted stage by stage: one request after the other takes twice as long. */
class Rows implements StageTallies {
  readonly #tallies: readonly Labelled[]
  readonly #table = new Float64Array(WAITING * STAGES)
  #waiting = 0

  constructor(outcome: string) {
    this.#tallies = STAGE_NAMES.map((stage) => ({
      labels: { stage, outcome },
      duration: createDurationCounts(BOUNDS_OF[stage]),
    }))
  }

  add(stages: Stages): void {
    const at = this.#waiting * STAGES
    for (let i = 0; i < STAGES; i++) this.#table[at + i] = stages[i] ?? 0
    this.#waiting += 1
    if (this.#waiting === WAITING) this.#count()
  }

  all(): readonly Labelled[] {
    this.#count()
    return this.#tallies
  }

  #count(): void {
    const to = this.#waiting * STAGES
    this.#waiting = 0
    for (const [stage, { duration }] of this.#tallies.entries()) {
      duration.addColumn({ table: this.#table, from: stage, to, width: STAGES })
    }
  }
}
