import { createDurationCounts, type DurationCounts } from './durations.ts'
import { createStageTallies, type StageTallies } from './stage-tallies.ts'
import type { Labelled } from './tally-histogram.ts'

/** Labels of one series, by name. */
export type Labels = Readonly<Record<string, string>>

/** What is counted of all requests that have the same labels. */
export interface Tally {
  readonly labels: Labels
  requests: number
  bytes: number
  /** Those whose client left before the end. */
  cancelled: number
  /** What hits did not spend again. */
  savedSeconds: number
  savedTokens: number
  savedGenerations: number
  readonly duration: DurationCounts
  readonly firstFrame: DurationCounts
  /** Of all with this outcome. */
  readonly stages: StageTallies
}

/**
 * Finds the tally of a combination of labels without making a string of them: counting a request must not cost
 * more than answering it. The metrics are made of the tallies when somebody scrapes.
 */
export interface Tallies {
  of(endpoint: string, kind: string, model: string, outcome: string): Tally
  all(): Iterable<Tally>
  stages(): Iterable<Labelled>
  /** Requests that have begun and not ended; who answers them counts. */
  readonly inFlight: { count: number }
}

/** Starts with none; there are as many as combinations have been seen, and every label is bounded. */
export function createTallies(): Tallies {
  const known: Tally[] = []
  // Most requests are like the one before.
  let last: Tally | undefined
  const byOutcome: Tree<Tree<Tree<Tree<Tally>>>> = new Map()
  const stages: Tree<StageTallies> = new Map()
  return {
    inFlight: { count: 0 },
    of(endpoint, kind, model, outcome) {
      const labels = last?.labels
      const isSameKind = labels?.outcome === outcome && labels.kind === kind
      if (last && isSameKind && labels.endpoint === endpoint && labels.model === model) return last
      const byKind = find(byOutcome, outcome, () => new Map())
      const byEndpoint = find(byKind, kind, () => new Map())
      const byModel = find(byEndpoint, endpoint, () => new Map())
      const found = find(byModel, model, () => {
        const ofOutcome = find(stages, outcome, () => createStageTallies(outcome))
        const made = createTally({ endpoint, kind, model, outcome }, ofOutcome)
        known.push(made)
        return made
      })
      last = found
      return found
    },
    all: () => known,
    stages: () => [...stages.values()].flatMap((each) => each.all()),
  }
}

/** One level of labels. */
type Tree<T> = Map<string, T>

function find<T>(tree: Tree<T>, label: string, create: () => T): T {
  const found = tree.get(label)
  if (found !== undefined) return found
  const made = create()
  tree.set(label, made)
  return made
}

function createTally(labels: Labels, stages: StageTallies): Tally {
  return {
    labels,
    requests: 0,
    bytes: 0,
    cancelled: 0,
    savedSeconds: 0,
    savedTokens: 0,
    savedGenerations: 0,
    duration: createDurationCounts(),
    firstFrame: createDurationCounts(),
    stages,
  }
}
