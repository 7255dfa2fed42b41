import type { LifeSums, ObservedSums } from '../metrics/life.ts'
import type { OutcomeCounts } from '../metrics/observe.ts'
import type { Savings } from '../metrics/observed-group.ts'

/** What turns seconds into energy and money: the settings `savings.*`; 0 where something is not known. */
export interface Prices {
  /** What the model's machine draws while it generates. */
  readonly watts: number
  readonly pricePerKwh: number
  readonly currency: string
}

/** What was not done again, with what that is worth. */
export interface PricedSavings extends Savings {
  /** Null where `savings.watts` is not set. */
  readonly kilowattHours: number | null
  /** Null where `savings.pricePerKwh` is not set either. */
  readonly money: { readonly amount: number; readonly currency: string } | null
}

/** What the cache would have answered, were it let (mode `observe`). */
export interface WouldBe extends PricedSavings {
  /** Share of what was asked that is answered from the cache, or would be; null before the first such request. */
  readonly hitRate: number | null
  /** How often the origin said the same as the entry, and something else. */
  readonly same: number
  readonly different: number
}

/** Totals over restarts, as statistics tell them. */
export interface LifeStats {
  readonly since: string
  readonly requests: OutcomeCounts
  readonly hitRate: number | null
  readonly saved: PricedSavings
  readonly wouldBe: WouldBe
}

const SECONDS_PER_HOUR = 3600
const WATTS_PER_KILOWATT = 1000

/** Puts energy and money beside seconds. */
export function priceSavings(
  { seconds, tokens, generations }: Savings,
  { watts, pricePerKwh, currency }: Prices,
): PricedSavings {
  const kilowattHours =
    watts === 0 ? null : (seconds * watts) / SECONDS_PER_HOUR / WATTS_PER_KILOWATT
  const money =
    kilowattHours === null || pricePerKwh === 0
      ? null
      : { amount: kilowattHours * pricePerKwh, currency }
  return { seconds, tokens, generations, kilowattHours, money }
}

/** What would have been: of all that was asked, and was answered or could have been. */
export function toWouldBe(
  requests: OutcomeCounts,
  observed: ObservedSums,
  prices: Prices,
): WouldBe {
  const { generations, same, different } = observed
  const hits = requests.hit + requests.stale + generations
  const asked = hits + requests.miss + requests.collapsed
  const hitRate = asked === 0 ? null : hits / asked
  return { ...priceSavings(observed, prices), hitRate, same, different }
}

/** (hit + stale) ÷ (hit + stale + miss + collapsed); null before the first such request. */
export function toHitRate(counts: OutcomeCounts): number | null {
  const hits = counts.hit + counts.stale
  const asked = hits + counts.miss + counts.collapsed
  return asked === 0 ? null : hits / asked
}

/** The life of the cache for the statistics. */
export function toLifeStats(sums: LifeSums, prices: Prices): LifeStats {
  const { sinceAt, requests, saved, observed } = sums
  return {
    since: new Date(sinceAt).toISOString(),
    requests,
    hitRate: toHitRate(requests),
    saved: priceSavings(saved, prices),
    wouldBe: toWouldBe(requests, observed, prices),
  }
}
