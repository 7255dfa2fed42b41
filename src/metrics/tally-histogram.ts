import type { MetricObject } from 'prom-client'
import type { DurationCounts } from './durations.ts'
import type { Labels } from './tally.ts'

/** Durations that have labels. */
export interface Labelled {
  readonly labels: Labels
  readonly duration: DurationCounts
}

/** The name of a histogram, and the labels that its series keep. */
export interface HistogramNames {
  readonly name: string
  readonly labelNames: readonly string[]
}

/** A histogram that is made of tallies when it is scraped: all that the registry asks of a metric. */
export class TallyHistogram {
  readonly name: string
  readonly help: string
  readonly type = 'histogram'
  readonly labelNames: readonly string[]
  readonly #read: () => Iterable<Labelled>

  constructor(names: HistogramNames, help: string, read: () => Iterable<Labelled>) {
    this.name = names.name
    this.labelNames = names.labelNames
    this.help = help
    this.#read = read
  }

  async get(): Promise<MetricObject & { values: unknown }> {
    const { name, help } = this
    const values = toSamples(this, this.#read())
    return {
      name,
      help,
      type: 'histogram' as never,
      aggregator: 'sum',
      collect: () => {},
      values,
    }
  }
}

interface Series {
  readonly labels: Labels
  readonly bounds: readonly number[]
  readonly cumulative: readonly number[]
  readonly sum: number
  readonly count: number
}

/** Tallies that differ only in labels that the histogram leaves out are one series. */
function toSamples({ name, labelNames }: HistogramNames, tallies: Iterable<Labelled>) {
  const series = new Map<string, Series>()
  for (const { labels, duration } of tallies) {
    if (duration.count === 0) continue
    const kept = Object.fromEntries(labelNames.map((label) => [label, labels[label] ?? '']))
    const key = Object.values(kept).join('\n')
    series.set(key, add(series.get(key), kept, duration))
  }
  return [...series.values()].flatMap(({ labels, bounds, cumulative, sum, count }) => [
    ...bounds.map((le, i) => ({
      labels: { ...labels, le },
      value: cumulative[i] ?? 0,
      metricName: `${name}_bucket`,
    })),
    { labels: { ...labels, le: '+Inf' }, value: count, metricName: `${name}_bucket` },
    { labels, value: sum, metricName: `${name}_sum` },
    { labels, value: count, metricName: `${name}_count` },
  ])
}

function add(before: Series | undefined, labels: Labels, duration: DurationCounts): Series {
  return {
    labels,
    bounds: duration.bounds,
    cumulative: duration.cumulative().map((each, i) => each + (before?.cumulative[i] ?? 0)),
    sum: duration.sum + (before?.sum ?? 0),
    count: duration.count + (before?.count ?? 0),
  }
}
