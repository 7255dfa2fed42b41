import type { LifeSums } from '../metrics/life.ts'
import type { OutcomeCounts, Totals } from '../metrics/observe.ts'
import type { Kind } from '../ollama/kind.ts'
import type { Amount, TierUsage } from '../store/store.ts'
import {
  type LifeStats,
  type PricedSavings,
  type Prices,
  priceSavings,
  toHitRate,
  toLifeStats,
  toWouldBe,
  type WouldBe,
} from './savings.ts'

/** What the statistics are made of. */
export interface StatsSources {
  readonly version: string
  /** Wall time of the start, in ms since the epoch. */
  readonly startedAt: number
  /** Wall time since which requests are counted: the start, or the last reset. */
  readonly countedSince: number
  readonly now: number
  readonly totals: Totals
  readonly usage: readonly TierUsage[]
  readonly mode: Stats['mode']
  /** Over restarts, and of this process alone. */
  readonly life: LifeSums
  readonly own: LifeSums
  readonly prices: Prices
  readonly upstream: {
    readonly url: string
    readonly version: string | null
    readonly answering: boolean
  }
}

/** Entries or requests of each kind. */
type PerKind<T> = Record<Kind, T>

/** The body of `GET /reprise/stats`; its JSON Schema is `docs/stats.schema.json`. */
export interface Stats {
  readonly version: string
  readonly startedAt: string
  readonly uptimeSeconds: number
  readonly countedSince: string
  readonly mode: 'serve' | 'observe' | 'offline' | 'off'
  readonly upstream: StatsSources['upstream']
  readonly entries: {
    readonly total: number
    readonly kinds: PerKind<Amount>
    readonly tiers: Record<string, Amount>
  }
  readonly requests: OutcomeCounts
  readonly hitRate: number | null
  readonly bypassShare: number | null
  readonly kinds: PerKind<Totals['kinds']['text'] & { readonly hitRate: number | null }>
  readonly latencyMs: Totals['latencyMs']
  readonly saved: PricedSavings
  /** Of mode `observe`; all zero in the others. */
  readonly wouldBe: WouldBe
  /** The same over restarts. */
  readonly life: LifeStats
}

/** All numbers of the process at one instant. */
export function toStats(sources: StatsSources): Stats {
  const { totals, usage, prices } = sources
  const kinds = countKinds(usage)
  return {
    version: sources.version,
    startedAt: new Date(sources.startedAt).toISOString(),
    uptimeSeconds: Math.round((sources.now - sources.startedAt) / 1000),
    countedSince: new Date(sources.countedSince).toISOString(),
    mode: sources.mode,
    upstream: sources.upstream,
    entries: { total: sum(Object.values(kinds)).entries, kinds, tiers: countTiers(usage) },
    requests: totals.requests,
    hitRate: toHitRate(totals.requests),
    bypassShare: toBypassShare(totals.requests),
    kinds: {
      text: withRate(totals.kinds.text),
      vision: withRate(totals.kinds.vision),
      embedding: withRate(totals.kinds.embedding),
    },
    latencyMs: totals.latencyMs,
    saved: priceSavings(totals.saved, prices),
    wouldBe: toWouldBe(totals.requests, sources.own.observed, prices),
    life: toLifeStats(sources.life, prices),
  }
}

function toBypassShare(counts: OutcomeCounts): number | null {
  const all = Object.values(counts).reduce((total, count) => total + count, 0)
  return all === 0 ? null : counts.bypass / all
}

function withRate(counts: Totals['kinds']['text']) {
  return { ...counts, hitRate: toHitRate(counts) }
}

/** The tier that survives a restart holds every entry; without one the memory is all there is. */
function countKinds(usage: readonly TierUsage[]): PerKind<Amount> {
  const none = { entries: 0, bytes: 0 }
  const tier = usage.find(
    (each) => each.tier === 'sqlite' && sum(Object.values(each.kinds)).entries > 0,
  )
  return tier?.kinds ?? usage[0]?.kinds ?? { text: none, vision: none, embedding: none }
}

function countTiers(usage: readonly TierUsage[]): Record<string, Amount> {
  return Object.fromEntries(usage.map(({ tier, kinds }) => [tier, sum(Object.values(kinds))]))
}

function sum(amounts: readonly Amount[]): Amount {
  return amounts.reduce(
    (total, { entries, bytes }) => ({
      entries: total.entries + entries,
      bytes: total.bytes + bytes,
    }),
    { entries: 0, bytes: 0 },
  )
}
