import { Counter, collectDefaultMetrics, Registry } from 'prom-client'
import { type CacheMetrics, declareCache, declareGauges, type Holding } from './cache-metrics.ts'
import { declareModels, type ModelMetrics } from './model-metrics.ts'
import { declareOrigin, type OriginMetrics, type OriginState } from './origin-metrics.ts'
import { type Tallies, type Tally, toHistogramSamples } from './tally.ts'
import { type Samples, TallyHistogram } from './tally-histogram.ts'

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
  /** Every metric of ours, by name. */
  describe(): readonly MetricDescription[]
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
    cache: declareCache(registers),
    origin: declareOrigin(registers, sources.origin),
    models: declareModels(registers),
    render: () => registry.metrics(),
    contentType: registry.contentType,
    describe: () => describe(registry),
  }
}

type Registers = Registry[]

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
  const declare = (names: Names, help: string, read: (name: string) => Samples): void =>
    registry.registerMetric(new TallyHistogram(names, help, () => read(names.name)) as never)
  const histogram = (name: string, help: string, pick: (tally: Tally) => Tally['duration']): void =>
    declare({ name, labelNames: ['endpoint', 'kind', 'outcome'] }, help, () =>
      toHistogramSamples(name, tallies.all(), pick),
    )
  declare(
    { name: 'reprise_stage_seconds', labelNames: ['stage', 'outcome'] },
    'What each stage of requests took, by outcome.',
    (name) => toHistogramSamples(name, tallies.stages(), (tally) => tally.duration),
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

type Names = ConstructorParameters<typeof TallyHistogram>[0]

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
  declare(
    'reprise_saved_generations_total',
    'Generations that hits spared the origin.',
    (tally) => tally.savedGenerations,
  )
}
