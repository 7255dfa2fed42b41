import type { Kind } from '../ollama/kind.ts'
import type { Outcome } from '../outcome.ts'
import type { Catalog } from './catalog.ts'
import { createLatencyWindow, type LatencyWindow, type Percentiles } from './latency.ts'
import type { Stages } from './stages.ts'
import type { Tallies } from './tally.ts'

/** The words an outcome has in metrics, in the log and in the statistics. */
export type OutcomeWord = 'hit' | 'stale' | 'miss' | 'collapsed' | 'bypass' | 'error'

/** The word for an outcome; a method that nothing could have answered counts as a bypass. */
export function toWord(outcome: Outcome): OutcomeWord {
  switch (outcome.kind) {
    case 'hit':
    case 'stale':
    case 'miss':
    case 'collapsed':
    case 'bypass':
    case 'error':
      return outcome.kind
    case 'method':
      return 'bypass'
  }
}

/** One finished request, as everything that counts or tells sees it. */
export interface Observation {
  readonly outcome: Outcome
  /** The endpoint's path, or `other`. */
  readonly endpoint: string
  readonly kind: Kind | 'none'
  /** A bounded label: a name of the origin's table, `other`, or empty where no model is concerned. */
  readonly model: string
  readonly status: number
  readonly durationMs: number
  /** Where the time went; undefined for what the guard answered. */
  readonly stages: Stages | undefined
  readonly firstFrameMs: number | undefined
  readonly bytes: number
  /** What it would have cost to generate the answer; undefined unless nothing was generated for this request. */
  readonly saved: { readonly costMs: number; readonly tokens: number } | undefined
  /** Whether the client stayed until its answer was out. */
  readonly client: 'stayed' | 'left'
  /** What was generated though an entry could have been given (mode `observe`). */
  readonly avoidable?: Observation['saved']
  /** Whether the answer ended in `length` at a limit that Reprise put in. */
  readonly capped: 'capped' | 'not-capped'
}

/** Counts by outcome word. */
export type OutcomeCounts = Record<OutcomeWord, number>

/** What has been observed since the start, for the statistics. */
export interface Totals {
  readonly requests: OutcomeCounts
  readonly kinds: Record<Kind, OutcomeCounts & { readonly latencyMs: Latencies }>
  readonly latencyMs: Latencies
  readonly saved: {
    readonly seconds: number
    readonly tokens: number
    readonly generations: number
  }
}

/** Percentiles of recent hits and misses; null where there were none. */
export interface Latencies {
  readonly hit: Percentiles | null
  readonly miss: Percentiles | null
}

/** The one place where a finished request is counted. */
export interface Observer {
  observe(observation: Observation): void
  totals(): Totals
}

/** Counts into the catalog and keeps the totals of the process. */
export function createObserver(catalog: Catalog, tallies: Tallies): Observer {
  const requests = zeroCounts()
  const kinds = { text: createKind(), vision: createKind(), embedding: createKind() }
  const saved = { seconds: 0, tokens: 0, generations: 0 }
  const windows = createWindows()
  return {
    observe(observation) {
      const word = toWord(observation.outcome)
      requests[word] += 1
      const kind = observation.kind === 'none' ? undefined : kinds[observation.kind]
      if (kind !== undefined) kind.counts[word] += 1
      if (word === 'hit' || word === 'miss') {
        windows[word].add(observation.durationMs)
        kind?.windows[word].add(observation.durationMs)
      }
      if (observation.saved !== undefined) {
        saved.seconds += observation.saved.costMs / 1000
        saved.tokens += observation.saved.tokens
        saved.generations += 1
      }
      if (catalog.counting === 'off') return
      tally(tallies, observation, word)
      count(catalog, observation)
    },
    totals: () => ({
      requests: { ...requests },
      kinds: {
        text: toKindTotals(kinds.text),
        vision: toKindTotals(kinds.vision),
        embedding: toKindTotals(kinds.embedding),
      },
      latencyMs: toLatencies(windows),
      saved: { ...saved },
    }),
  }
}

type Windows = Readonly<Record<'hit' | 'miss', LatencyWindow>>

interface KindTotals {
  readonly counts: OutcomeCounts
  readonly windows: Windows
}

function createWindows(): Windows {
  return { hit: createLatencyWindow(), miss: createLatencyWindow() }
}

function createKind(): KindTotals {
  return { counts: zeroCounts(), windows: createWindows() }
}

function toLatencies({ hit, miss }: Windows): Latencies {
  return { hit: hit.percentiles(), miss: miss.percentiles() }
}

function toKindTotals({ counts, windows }: KindTotals) {
  return { ...counts, latencyMs: toLatencies(windows) }
}

function zeroCounts(): OutcomeCounts {
  return { hit: 0, stale: 0, miss: 0, collapsed: 0, bypass: 0, error: 0 }
}

function tally(tallies: Tallies, observation: Observation, outcome: OutcomeWord): void {
  const { endpoint, kind, model, firstFrameMs, saved } = observation
  const counted = tallies.of(endpoint, kind, model, outcome)
  counted.requests += 1
  counted.bytes += observation.bytes
  counted.duration.add(observation.durationMs / 1000)
  if (observation.client === 'left') counted.cancelled += 1
  if (saved !== undefined) {
    counted.savedSeconds += saved.costMs / 1000
    counted.savedTokens += saved.tokens
    counted.savedGenerations += 1
  }
  if (firstFrameMs !== undefined) counted.firstFrame.add(firstFrameMs / 1000)
  if (observation.stages !== undefined) counted.stages.add(observation.stages)
}

/** What is rarer than every request, or has other labels. */
function count(catalog: Catalog, observation: Observation): void {
  const { outcome, model } = observation
  const { cache } = catalog
  if (outcome.kind === 'hit' || outcome.kind === 'stale') cache.hits.add(outcome.tier)
  else if (outcome.kind === 'miss' || outcome.kind === 'collapsed') cache.misses.add(outcome.reason)
  else if (outcome.kind === 'bypass') cache.bypasses.add(outcome.reason)
  else if (outcome.kind === 'method') cache.bypasses.add(outcome.kind)
  if (observation.capped === 'capped') cache.capped.inc({ model })
}
