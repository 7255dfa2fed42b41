/** Counts of durations by upper bound, as a Prometheus histogram has them. */
export interface DurationCounts {
  /** Upper bounds in seconds, ascending; above the last one stands only the count of all. */
  readonly bounds: readonly number[]
  readonly sum: number
  readonly count: number
  add(seconds: number): void
  /** How many were at most as long as each bound, cumulative. */
  cumulative(): readonly number[]
}

/** Bounds of what Reprise does itself, in seconds: 0.1 ms to 10 ms. */
export const OWN_BOUNDS: readonly number[] = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01]

/** Bounds of what the model does, in seconds: 10 ms to 10 min. */
export const MODEL_BOUNDS: readonly number[] = [
  0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
]

/** Bounds of what may be either, as a whole request: 0.1 ms to 10 min. */
export const DURATION_BOUNDS: readonly number[] = [...OWN_BOUNDS, ...MODEL_BOUNDS.slice(1)]

/** Bounds of the time between two frames, in seconds: 1 ms to 1 min. */
export const GAP_BOUNDS: readonly number[] = DURATION_BOUNDS.filter((s) => s >= 0.001 && s <= 60)

/** Starts at zero. */
export function createDurationCounts(bounds: readonly number[] = DURATION_BOUNDS): DurationCounts {
  return new Counts(bounds)
}

/** A class, and loops: some of these are added to with every request. */
class Counts implements DurationCounts {
  readonly bounds: readonly number[]
  sum = 0
  count = 0
  readonly #counts: Float64Array

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  add(seconds: number): void {
    const at = this.#placeOf(seconds)
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.sum += seconds
    this.count += 1
  }

  cumulative(): readonly number[] {
    let total = 0
    return this.bounds.map((_, at) => {
      total += this.#counts[at] ?? 0
      return total
    })
  }

  #placeOf(seconds: number): number {
    let at = 0
    // Past the last bound there is nothing to be larger than.
    while (seconds > (this.bounds[at] ?? Number.POSITIVE_INFINITY)) at += 1
    return at
  }
}
