import type { StageName } from './stages.ts'

/** Labels of one series, by name. */
export type Labels = Readonly<Record<string, string>>

/** Counts of durations by upper bound, as a Prometheus histogram has them. */
export interface DurationCounts {
  add(seconds: number): void
  /** How many were at most as long as each bound, cumulative. */
  cumulative(): readonly number[]
  readonly sum: number
  readonly count: number
}

/** Upper bounds in seconds: 0.1 ms to 10 ms for what Reprise does itself, 10 ms to 10 min for what a model does. */
export const DURATION_BOUNDS: readonly number[] = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
  60, 120, 300, 600,
]

/** Starts at zero. */
export function createDurationCounts(): DurationCounts {
  const counts = new Uint32Array(DURATION_BOUNDS.length)
  const state = { sum: 0, count: 0 }
  return {
    add(seconds) {
      const at = DURATION_BOUNDS.findIndex((bound) => seconds <= bound)
      if (at >= 0) counts[at] = (counts[at] ?? 0) + 1
      state.sum += seconds
      state.count += 1
    },
    cumulative() {
      let total = 0
      return Array.from(counts, (count) => {
        total += count
        return total
      })
    },
    get sum() {
      return state.sum
    },
    get count() {
      return state.count
    },
  }
}

/** What is counted of all requests that have the same labels. */
export interface Tally {
  readonly labels: Labels
  requests: number
  bytes: number
  /** What hits did not spend again. */
  savedSeconds: number
  savedTokens: number
  savedGenerations: number
  readonly duration: DurationCounts
  readonly firstFrame: DurationCounts
}

/**
 * Finds the tally of a combination of labels by one look-up: counting a request must not cost more than
 * answering it. The metrics are made of the tallies when somebody scrapes.
 */
export interface Tallies {
  of(endpoint: string, kind: string, model: string, outcome: string): Tally
  all(): Iterable<Tally>
  /** Durations of one stage of the requests with one outcome. */
  stage(stage: StageName, outcome: string): DurationCounts
  stages(): Iterable<StageTally>
}

/** What is counted of one stage of all requests with one outcome. */
export interface StageTally {
  readonly labels: Labels
  readonly duration: DurationCounts
}

/** Starts with none; there are as many as combinations have been seen, and every label is bounded. */
export function createTallies(): Tallies {
  const known = new Map<string, Tally>()
  const stages = new Map<string, StageTally>()
  return {
    stage(stage, outcome) {
      const name = `${stage} ${outcome}`
      const tally = stages.get(name)
      if (tally !== undefined) return tally.duration
      const made = { labels: { stage, outcome }, duration: createDurationCounts() }
      stages.set(name, made)
      return made.duration
    },
    stages: () => stages.values(),
    of(endpoint, kind, model, outcome) {
      const name = `${endpoint}\n${kind}\n${model}\n${outcome}`
      const tally = known.get(name)
      if (tally !== undefined) return tally
      const made: Tally = {
        labels: { endpoint, kind, model, outcome },
        requests: 0,
        bytes: 0,
        savedSeconds: 0,
        savedTokens: 0,
        savedGenerations: 0,
        duration: createDurationCounts(),
        firstFrame: createDurationCounts(),
      }
      known.set(name, made)
      return made
    },
    all: () => known.values(),
  }
}

/** The samples of a histogram whose labels leave out the model: tallies that differ in it alone are one series. */
export function toHistogramSamples<T extends { readonly labels: Labels }>(
  name: string,
  tallies: Iterable<T>,
  pick: (tally: T) => DurationCounts,
) {
  const series = new Map<
    string,
    { labels: Labels; cumulative: number[]; sum: number; count: number }
  >()
  for (const tally of tallies) {
    const counts = pick(tally)
    const { model: _model, ...labels } = tally.labels
    const key = Object.values(labels).join('\n')
    const before = series.get(key)
    const cumulative = counts.cumulative().map((each, i) => each + (before?.cumulative[i] ?? 0))
    const sum = counts.sum + (before?.sum ?? 0)
    series.set(key, { labels, cumulative, sum, count: counts.count + (before?.count ?? 0) })
  }
  return [...series.values()].flatMap(({ labels, cumulative, sum, count }) => [
    ...DURATION_BOUNDS.map((le, i) => ({
      labels: { ...labels, le },
      value: cumulative[i] ?? 0,
      metricName: `${name}_bucket`,
    })),
    { labels: { ...labels, le: '+Inf' }, value: count, metricName: `${name}_bucket` },
    { labels, value: sum, metricName: `${name}_sum` },
    { labels, value: count, metricName: `${name}_count` },
  ])
}
