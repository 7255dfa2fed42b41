import type { Kind } from '../ollama/kind.ts'
import type { Catalog } from './catalog.ts'
import { createLatencyWindow, type LatencyWindow, type Percentiles } from './latency.ts'
import { type Form, type OutcomeWord, toWord } from './observation.ts'
import { addSavings, type ObservedGroup, type Savings } from './observed-group.ts'
import type { Tallies } from './tally.ts'

/** Counts by outcome word. */
export type OutcomeCounts = Record<OutcomeWord, number>

/** What has been observed since the start, for the statistics. */
export interface Totals {
  readonly requests: OutcomeCounts
  readonly kinds: Record<Kind, OutcomeCounts & { readonly latencyMs: Latencies }>
  readonly latencyMs: Latencies
  readonly saved: Savings
}

/** Percentiles of recent hits and misses; null where there were none. */
export interface Latencies {
  readonly hit: Percentiles | null
  readonly miss: Percentiles | null
}

/** The one place where finished requests are counted. */
export interface Observer {
  observe(group: ObservedGroup): void
  totals(): Totals
}

/** Counts into the catalog and keeps the totals of the process. */
export function createObserver(catalog: Catalog, tallies: Tallies): Observer {
  const requests = zeroCounts()
  const kinds = { text: createKind(), vision: createKind(), embedding: createKind() }
  const saved = { seconds: 0, tokens: 0, generations: 0 }
  const windows = createWindows()
  return {
    observe(group) {
      const { form, length } = group
      const word = toWord(form.outcome)
      const kind = form.kind === 'none' ? undefined : kinds[form.kind]
      requests[word] += length
      if (kind !== undefined) kind.counts[word] += length
      if (word === 'hit' || word === 'miss') {
        addDurations(windows[word], group)
        if (kind !== undefined) addDurations(kind.windows[word], group)
      }
      addSavings(saved, group.saved)
      if (catalog.counting === 'off') return
      tally(tallies, group, word)
      count(catalog, form, length)
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

function addDurations(window: LatencyWindow, group: ObservedGroup): void {
  for (let i = 0; i < group.length; i++) window.add(group.durationMs(i))
}

function tally(tallies: Tallies, group: ObservedGroup, outcome: OutcomeWord): void {
  const { form, length, saved } = group
  const counted = tallies.of(form.endpoint, form.kind, form.model, outcome)
  counted.requests += length
  counted.bytes += group.bytes
  if (form.client === 'left') counted.cancelled += length
  counted.savedSeconds += saved.seconds
  counted.savedTokens += saved.tokens
  counted.savedGenerations += saved.generations
  for (let i = 0; i < length; i++) {
    counted.duration.add(group.durationMs(i) / 1000)
    const firstFrameMs = group.firstFrameMs(i)
    if (!Number.isNaN(firstFrameMs)) counted.firstFrame.add(firstFrameMs / 1000)
  }
  counted.stages.add(group)
}

/** What is rarer than every request, or has other labels. */
function count({ cache }: Catalog, { outcome, model, capped }: Form, times: number): void {
  if (outcome.kind === 'hit' || outcome.kind === 'stale') cache.hits.add(outcome.tier, times)
  else if (outcome.kind === 'miss' || outcome.kind === 'collapsed') {
    cache.misses.add(outcome.reason, times)
  } else if (outcome.kind === 'bypass') cache.bypasses.add(outcome.reason, times)
  else if (outcome.kind === 'method') cache.bypasses.add(outcome.kind, times)
  if (capped === 'capped') cache.capped.inc({ model }, times)
}
