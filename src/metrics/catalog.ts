import { Counter, collectDefaultMetrics, Gauge, type MetricObject, Registry } from 'prom-client'
import { declareModels, type ModelMetrics } from './model-metrics.ts'
import { declareOrigin, type OriginMetrics, type OriginState } from './origin-metrics.ts'
import { type Tallies, type Tally, toHistogramSamples } from './tally.ts'

/** Gauges of prom-client whose names say counter: promtool refuses them, and their parts are there by type. */
const MISNAMED = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`)

/** What one tier holds, by kind: entries and bytes. */
export interface Holding {
  readonly tier: string
  readonly kinds: Readonly<Record<string, { readonly entries: number; readonly bytes: number }>>
}

/** Every metric of Reprise, declared here and nowhere else. What is counted per request is read from the tallies. */
export interface Catalog {
  readonly origin: OriginMetrics
  readonly models: ModelMetrics
  readonly capped: Counter<'model'>
  readonly bypasses: Counter<'reason'>
  readonly notStored: Counter<'reason'>
  readonly storeEvents: Counter<'event'>
  readonly observed: Counter<'verdict'>
  /** The text that Prometheus scrapes. */
  render(): Promise<string>
  readonly contentType: string
}

/** What the catalog reads at each scrape. */
export interface CatalogSources {
  readonly tallies: Tallies
  usage(): readonly Holding[]
  origin(): OriginState
  readonly version: string
}

/** Declares the metrics in a registry of their own. */
export function createCatalog(sources: CatalogSources): Catalog {
  const { tallies, usage, version } = sources
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  for (const name of MISNAMED) registry.removeSingleMetric(name)
  declareGauges(registers, usage, version)
  declareRequests(registry, tallies)
  declareSavings(registers, tallies)
  return {
    ...declareCache(registers),
    origin: declareOrigin(registers, sources.origin),
    models: declareModels(registers),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

type Registers = Registry[]

function declareRequests(registry: Registry, tallies: Tallies): void {
  const registers = [registry]
  new Counter({
    name: 'reprise_requests_total',
    help: 'Requests by endpoint, kind, model and outcome.',
    labelNames: ['endpoint', 'kind', 'model', 'outcome'] as const,
    registers,
    collect() {
      this.reset()
      for (const { labels, requests } of tallies.all()) this.inc({ ...labels }, requests)
    },
  })
  new Counter({
    name: 'reprise_response_bytes_total',
    help: 'Bytes of answer bodies sent to clients.',
    labelNames: ['endpoint', 'outcome'] as const,
    registers,
    collect() {
      this.reset()
      for (const { labels, bytes } of tallies.all()) {
        this.inc({ endpoint: labels.endpoint ?? '', outcome: labels.outcome ?? '' }, bytes)
      }
    },
  })
  const declare = (name: string, help: string, read: (name: string) => Samples): void =>
    registry.registerMetric(new TallyHistogram(name, help, () => read(name)) as never)
  const histogram = (name: string, help: string, pick: (tally: Tally) => Tally['duration']): void =>
    declare(name, help, () => toHistogramSamples(name, tallies.all(), pick))
  declare('reprise_stage_seconds', 'What each stage of requests took, by outcome.', (name) =>
    toHistogramSamples(name, tallies.stages(), (tally) => tally.duration),
  )
  histogram(
    'reprise_request_duration_seconds',
    'From the arrival of the head to the end of the answer.',
    (tally) => tally.duration,
  )
  histogram(
    'reprise_first_frame_seconds',
    'From the arrival of the head to the first frame sent.',
    (tally) => tally.firstFrame,
  )
}

function declareSavings(registers: Registers, tallies: Tallies): void {
  const labelNames = ['kind', 'model'] as const
  const declare = (name: string, help: string, pick: (tally: Tally) => number): void => {
    new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        for (const tally of tallies.all()) {
          const { kind = '', model = '' } = tally.labels
          if (pick(tally) > 0) this.inc({ kind, model }, pick(tally))
        }
      },
    })
  }
  declare(
    'reprise_saved_seconds_total',
    'Generation time that hits did not spend again, without model loads.',
    (tally) => tally.savedSeconds,
  )
  declare(
    'reprise_saved_tokens_total',
    'Tokens that hits did not generate again.',
    (tally) => tally.savedTokens,
  )
}

type Samples = ReturnType<typeof toHistogramSamples>

/** A histogram that is made of tallies when it is scraped: all that the registry asks of a metric. */
class TallyHistogram {
  readonly name: string
  readonly #help: string
  readonly #samples: () => Samples

  constructor(name: string, help: string, samples: () => Samples) {
    this.name = name
    this.#help = help
    this.#samples = samples
  }

  async get(): Promise<MetricObject & { values: unknown }> {
    const { name } = this
    const values = this.#samples()
    return {
      name,
      help: this.#help,
      type: 'histogram' as never,
      aggregator: 'sum',
      collect: () => {},
      values,
    }
  }
}

function declareCache(registers: Registers) {
  return {
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
    observed: new Counter({
      name: 'reprise_observed_total',
      help: 'Answers of the origin compared with the entry that would have been given (mode observe).',
      labelNames: ['verdict'] as const,
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
