import type { MetricObject } from 'prom-client'
import type { toHistogramSamples } from './tally.ts'

/** The samples of a histogram, as a registry renders them. */
export type Samples = ReturnType<typeof toHistogramSamples>

/** A histogram that is made of tallies when it is scraped: all that the registry asks of a metric. */
export class TallyHistogram {
  readonly name: string
  readonly help: string
  readonly type = 'histogram'
  readonly labelNames: readonly string[]
  readonly #samples: () => Samples

  constructor(
    names: { readonly name: string; readonly labelNames: readonly string[] },
    help: string,
    samples: () => Samples,
  ) {
    this.name = names.name
    this.labelNames = names.labelNames
    this.help = help
    this.#samples = samples
  }

  async get(): Promise<MetricObject & { values: unknown }> {
    const { name, help } = this
    const values = this.#samples()
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
