import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Seconds: 0.1 ms to 10 ms for what Reprise does itself, 10 ms to 10 min for what a model does. */
const DURATION_BUCKETS = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
  60, 120, 300, 600,
]

/** Gauges of prom-client whose names say counter: promtool refuses them, and their parts are there by type. */
const MISNAMED = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`)

/** What one tier holds, by kind: entries and bytes. */
export interface Holding {
  readonly tier: string
  readonly kinds: Readonly<Record<string, { readonly entries: number; readonly bytes: number }>>
}

/** Every metric of Reprise, declared here and nowhere else. */
export interface Catalog {
  readonly requests: Counter<'endpoint' | 'kind' | 'model' | 'outcome'>
  readonly duration: Histogram<'endpoint' | 'kind' | 'outcome'>
  readonly firstFrame: Histogram<'endpoint' | 'kind' | 'outcome'>
  readonly responseBytes: Counter<'endpoint' | 'outcome'>
  readonly savedSeconds: Counter<'kind' | 'model'>
  readonly savedTokens: Counter<'kind' | 'model'>
  readonly upstreamErrors: Counter<'reason'>
  readonly capped: Counter<'model'>
  readonly bypasses: Counter<'reason'>
  readonly notStored: Counter<'reason'>
  readonly storeEvents: Counter<'event'>
  /** The text that Prometheus scrapes. */
  render(): Promise<string>
  readonly contentType: string
}

/** Declares the metrics in a registry of their own. `usage` is asked at each scrape. */
export function createCatalog(usage: () => readonly Holding[], version: string): Catalog {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  for (const name of MISNAMED) registry.removeSingleMetric(name)
  declareGauges(registers, usage, version)
  return {
    ...declareRequests(registers),
    ...declareCache(registers),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

type Registers = Registry[]

function declareRequests(registers: Registers) {
  const labelNames = ['endpoint', 'kind', 'outcome'] as const
  return {
    requests: new Counter({
      name: 'reprise_requests_total',
      help: 'Requests by endpoint, kind, model and outcome.',
      labelNames: ['endpoint', 'kind', 'model', 'outcome'] as const,
      registers,
    }),
    duration: new Histogram({
      name: 'reprise_request_duration_seconds',
      help: 'From the arrival of the head to the end of the answer.',
      labelNames,
      buckets: DURATION_BUCKETS,
      registers,
    }),
    firstFrame: new Histogram({
      name: 'reprise_first_frame_seconds',
      help: 'From the arrival of the head to the first frame sent.',
      labelNames,
      buckets: DURATION_BUCKETS,
      registers,
    }),
    responseBytes: new Counter({
      name: 'reprise_response_bytes_total',
      help: 'Bytes of answer bodies sent to clients.',
      labelNames: ['endpoint', 'outcome'] as const,
      registers,
    }),
    upstreamErrors: new Counter({
      name: 'reprise_upstream_errors_total',
      help: 'Requests to the origin that failed, by reason.',
      labelNames: ['reason'] as const,
      registers,
    }),
  }
}

function declareCache(registers: Registers) {
  return {
    savedSeconds: new Counter({
      name: 'reprise_saved_seconds_total',
      help: 'Generation time that hits did not spend again, without model loads.',
      labelNames: ['kind', 'model'] as const,
      registers,
    }),
    savedTokens: new Counter({
      name: 'reprise_saved_tokens_total',
      help: 'Tokens that hits did not generate again.',
      labelNames: ['kind', 'model'] as const,
      registers,
    }),
    capped: new Counter({
      name: 'reprise_capped_total',
      help: 'Answers that ended in "length" at the num_predict that Reprise put in.',
      labelNames: ['model'] as const,
      registers,
    }),
    bypasses: new Counter({
      name: 'reprise_bypasses_total',
      help: 'Requests that were not handled by the cache by choice, by reason.',
      labelNames: ['reason'] as const,
      registers,
    }),
    notStored: new Counter({
      name: 'reprise_not_stored_total',
      help: 'Answers to misses that did not become entries, by reason.',
      labelNames: ['reason'] as const,
      registers,
    }),
    storeEvents: new Counter({
      name: 'reprise_store_events_total',
      help: 'Faults and changes of state of the store, by event.',
      labelNames: ['event'] as const,
      registers,
    }),
  }
}

function declareGauges(
  registers: Registers,
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
