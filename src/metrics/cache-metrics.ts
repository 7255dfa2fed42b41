import { Counter, Gauge, type Registry } from 'prom-client'
import { type Counted, declareCounted } from './counted.ts'
import { STORE_STATES, type StoreState, toStoreState } from './store-state.ts'

/** What one tier holds, by kind: entries and bytes. */
export interface Holding {
  readonly tier: string
  readonly kinds: Readonly<Record<string, { readonly entries: number; readonly bytes: number }>>
}

/** Metrics of what was given, what was not, and what is kept. */
export interface CacheMetrics {
  readonly hits: Counted
  readonly misses: Counted
  readonly bypasses: Counted
  readonly capped: Counter<'model'>
  readonly notStored: Counter<'reason'>
  readonly evicted: Counter<'reason'>
  readonly orphaned: Counter<'model'>
  /** Notes one event of the store. */
  noteStore(event: string): void
  readonly observed: Counter<'verdict'>
}

/** Declares them. */
export function declareCache(registers: Registry[], stateAtFirst: StoreState): CacheMetrics {
  const counter = <L extends string>(name: string, label: L, help: string) =>
    new Counter({ name, help, labelNames: [label] as const, registers })
  const counted = (name: string, label: string, help: string) =>
    declareCounted({ name, label, registers }, help)
  return {
    hits: counted('reprise_hits_total', 'tier', 'Requests answered from the cache, by tier.'),
    misses: counted(
      'reprise_misses_total',
      'reason',
      'Look-ups without a usable entry, by reason.',
    ),
    bypasses: counted(
      'reprise_bypasses_total',
      'reason',
      'Requests that were not handled by the cache by choice, by reason.',
    ),
    capped: counter(
      'reprise_capped_total',
      'model',
      'Answers that ended in "length" at the num_predict that Reprise put in.',
    ),
    notStored: counter(
      'reprise_not_stored_total',
      'reason',
      'Answers to misses that did not become entries, by reason.',
    ),
    evicted: counter('reprise_evicted_total', 'reason', 'Entries that were removed, by reason.'),
    orphaned: counter(
      'reprise_orphaned_entries_total',
      'model',
      'Entries that were removed because their model is gone or another.',
    ),
    observed: counter(
      'reprise_observed_total',
      'verdict',
      'Answers of the origin compared with the entry that would have been given (mode observe).',
    ),
    noteStore: declareStore(registers, stateAtFirst),
  }
}

/** Events of the store, and the state that the last of them left it in. */
function declareStore(registers: Registry[], stateAtFirst: StoreState): CacheMetrics['noteStore'] {
  let state = stateAtFirst
  const events = new Counter({
    name: 'reprise_store_events_total',
    help: 'Faults and changes of state of the store, by event.',
    labelNames: ['event'] as const,
    registers,
  })
  new Gauge({
    name: 'reprise_store_state',
    help: '1 for the state the store is in: writing, read-only, memory-only (the disk cannot be used), off.',
    labelNames: ['state'] as const,
    registers,
    collect() {
      for (const each of STORE_STATES) this.set({ state: each }, each === state ? 1 : 0)
    },
  })
  return (event) => {
    events.inc({ event })
    state = toStoreState(state, event)
  }
}

/** Declares what is read at a scrape: entries, their bytes, and the version. */
export function declareGauges(
  registers: Registry[],
  usage: () => readonly Holding[],
  version: string,
): void {
  const labelNames = ['tier', 'kind'] as const
  new Gauge({
    name: 'reprise_entries',
    help: 'Entries held, by tier and kind.',
    labelNames,
    registers,
    collect() {
      for (const { tier, kind, amount } of flatten(usage()))
        this.set({ tier, kind }, amount.entries)
    },
  })
  new Gauge({
    name: 'reprise_entry_bytes',
    help: 'Bytes that entries take, by tier and kind.',
    labelNames,
    registers,
    collect() {
      for (const { tier, kind, amount } of flatten(usage())) this.set({ tier, kind }, amount.bytes)
    },
  })
  const info = new Gauge({
    name: 'reprise_build_info',
    help: 'Always 1; the label is the version.',
    labelNames: ['version'] as const,
    registers,
  })
  info.set({ version }, 1)
}

function flatten(usage: readonly Holding[]) {
  return usage.flatMap(({ tier, kinds }) =>
    Object.entries(kinds).map(([kind, amount]) => ({ tier, kind, amount })),
  )
}
