/** Percentiles of recent durations, in ms; null where there are none. */
export interface Percentiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** The most recent durations of one outcome. */
export interface LatencyWindow {
  add(durationMs: number): void
  percentiles(): Percentiles | null
}

/** Keeps the last `size` durations; percentiles are exact over them (nearest rank). */
export function createLatencyWindow(size = 4096): LatencyWindow {
  const ring = new Float64Array(size)
  let added = 0
  return {
    add(durationMs) {
      ring[added % size] = durationMs
      added += 1
    },
    percentiles() {
      const sorted = ring.slice(0, Math.min(added, size)).sort()
      if (sorted.length === 0) return null
      return { p50: rank(sorted, 0.5), p95: rank(sorted, 0.95), p99: rank(sorted, 0.99) }
    },
  }
}

function rank(sorted: Float64Array, share: number): number {
  return sorted[Math.ceil(share * sorted.length) - 1] ?? 0
}
