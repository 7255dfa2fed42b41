/** The middle of several measurements, with what they lie between. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** Median, least and greatest; NaN of nothing. */
export function toSpread(values: readonly number[]): Spread {
  return {
    median: quantile(values, 0.5),
    min: Math.min(...values),
    max: Math.max(...values),
  }
}

/** What they lie between. */
export function toRangeText({ min, max }: Spread, digits = 2): string {
  return `${min.toFixed(digits)}–${max.toFixed(digits)}`
}

/** The value below which the share lies, between neighbours by weight. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}
