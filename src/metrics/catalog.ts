import { Counter, collectDefaultMetrics, Registry } from 'prom-client'
import { type CacheMetrics, declareCache, declareGauges, type Holding } from './cache-metrics.ts'
import { declareModels, type ModelMetrics } from './model-metrics.ts'
import { declareOrigin, type OriginMetrics, type OriginState } from './origin-metrics.ts'
import { declareRequests } from './request-metrics.ts'
import type { StoreState } from './store-state.ts'
import type { Tallies, Tally } from './tally.ts'

/** Gauges of prom-client whose names say counter: promtool refuses them, and their parts are there by type. */
const MISNAMED = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`)

/** One metric, for the page that lists them. */
export interface MetricDescription {
  readonly name: string
  readonly type: string
  readonly labels: readonly string[]
  readonly help: string
}

/** Every metric of Reprise, declared in this folder and nowhere else. What is counted per request is read from the tallies. */
export interface Catalog {
  readonly cache: CacheMetrics
  readonly origin: OriginMetrics
  readonly models: ModelMetrics
  /** The text that Prometheus scrapes. */
  render(): Promise<string>
  readonly contentType: string
  /** `off`: nothing is counted per request, and there is nothing to scrape. */
  readonly counting: 'on' | 'off'
  /** Every metric of ours, by name. */
  describe(): readonly MetricDescription[]
}

/** What the catalog reads at each scrape. */
export interface CatalogSources {
  readonly tallies: Tallies
  usage(): readonly Holding[]
  origin(): OriginState
  readonly version: string
  /** How the store is before its first event. */
  readonly storeState: StoreState
  /** Log lines that were dropped because nobody took them. */
  droppedLines(): number
  readonly counting: 'on' | 'off'
}

/** Declares the metrics in a registry of their own. */
export function createCatalog(sources: CatalogSources): Catalog {
  const { tallies, usage, version, counting } = sources
  const registry = new Registry()
  const registers = [registry]
  if (counting === 'on') collectDefaultMetrics({ register: registry })
  for (const name of MISNAMED) registry.removeSingleMetric(name)
  declareGauges(registers, usage, version)
  declareRequests(registry, tallies)
  declareSavings(registers, tallies)
  declareLog(registers, sources)
  return {
    counting,
    cache: declareCache(registers, sources.storeState),
    origin: declareOrigin(registers, sources.origin),
    models: declareModels(registry),
    render: () => registry.metrics(),
    contentType: registry.contentType,
    describe: () => describe(registry),
  }
}

/** What the registry has of a metric; its own type leaves the fields out. */
interface Declared {
  readonly name: string
  readonly type: string
  readonly labelNames: readonly string[]
  readonly help: string
}

function describe(registry: Registry): MetricDescription[] {
  const declared = registry.getMetricsAsArray() as unknown as Declared[]
  return declared
    .filter(({ name }) => name.startsWith('reprise_'))
    .map(({ name, type, labelNames, help }) => ({ name, type, labels: labelNames, help }))
    .toSorted((one, other) => one.name.localeCompare(other.name))
}

function declareSavings(registers: Registry[], tallies: Tallies): void {
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
    'Generation time that was not spent again, without model loads: of hits, and of requests that shared a run.',
    (tally) => tally.savedSeconds,
  )
  declare(
    'reprise_saved_tokens_total',
    'Tokens that were not generated again: of hits, and of requests that shared a run.',
    (tally) => tally.savedTokens,
  )
  declare(
    'reprise_saved_generations_total',
    'Generations that the origin was spared: by hits, and by requests that shared a run.',
    (tally) => tally.savedGenerations,
  )
}

function declareLog(registers: Registry[], { droppedLines }: CatalogSources): void {
  new Counter({
    name: 'reprise_log_dropped_total',
    help: 'Lines of the log that were dropped because nobody took them: a request never waits for its line.',
    registers,
    collect() {
      this.reset()
      this.inc(droppedLines())
    },
  })
}
