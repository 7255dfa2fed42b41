import { atMost, type Bench, exactly, type Figure, type FigureScenario } from '../harness/figure.ts'
import { createFiller } from '../harness/filler.ts'
import { readInstantMs } from '../harness/instant.ts'
import { AT_ONCE } from '../harness/script.ts'
import { openStage, readMetric, toScripted } from '../harness/stage.ts'
import { quantile } from '../harness/statistics.ts'
import { openClient, type WireClient } from '../harness/wire-client.ts'

/** Questions that are known, asked in turn: more than the memory tier holds, so that the disk is read. */
const KNOWN = 200
const MEMORY_BYTES = 100_000
/** Small enough that what is new fills it several times in a few seconds. */
const FULL_BYTES = 2 * 1024 * 1024
const ROOMY_BYTES = 1024 ** 3
const REMOVED = 'reprise_store_events_total{event="removed"}'

/** Hits while new answers come in: with room for all of them, and with none, so that others have to go. */
export const CHURN: FigureScenario = {
  title: 'store: churn, hits while entries are evicted',
  standsFor: 'a batch of new questions that runs through a full cache while people use it',
  async measure(bench) {
    const roomy = await measureHits(bench, ROOMY_BYTES)
    const full = await measureHits(bench, FULL_BYTES)
    const p99 = quantile(full.ms, 0.99)
    const figures: Figure[] = [
      {
        name: 'hit p99 while entries are evicted, beside the same with room for all',
        measured: p99 / quantile(roomy.ms, 0.99),
        unit: '×',
        goal: atMost(1.25),
        detail: `${p99.toFixed(2)} ms beside ${quantile(roomy.ms, 0.99).toFixed(2)} ms; medians ${quantile(full.ms, 0.5).toFixed(2)}, ${quantile(roomy.ms, 0.5).toFixed(2)}`,
      },
      { name: 'new answers meanwhile', measured: full.put, unit: 'runs' },
      {
        name: 'slices in which entries went, with room for all',
        measured: roomy.removed,
        unit: 'runs',
        goal: exactly(0),
        detail: `${full.removed} without`,
      },
    ]
    return figures
  },
}

interface Measured {
  /** From the question to the end of the answer, for each hit. */
  readonly ms: readonly number[]
  readonly put: number
  readonly removed: number
}

async function measureHits(bench: Bench, maxBytes: number): Promise<Measured> {
  const settings = { cache: { maxBytes, memoryMaxBytes: MEMORY_BYTES } }
  const stage = await openStage(bench, { settings })
  const [asking, filling] = [
    await openClient(stage.reprise.url),
    await openClient(stage.reprise.url),
  ]
  const filler = createFiller(filling)
  try {
    await askKnown(asking, 2)
    const filled = filler.run()
    // Until the small budget has been used up once.
    await askKnown(asking, bench.effort === 'quick' ? 10 : 40)
    const ms = await askKnown(asking, bench.effort === 'quick' ? 10 : 50)
    filler.stop()
    await filled
    return { ms, put: filler.put, removed: (await readMetric(stage.reprise, REMOVED)) || 0 }
  } finally {
    asking.leave()
    filling.leave()
    await stage.close()
  }
}

async function askKnown(client: WireClient, rounds: number): Promise<number[]> {
  const ms: number[] = []
  for (let round = 0; round < rounds; round++) {
    for (let index = 0; index < KNOWN; index++) {
      const sentAt = readInstantMs()
      await client.ask(toScripted({ ...AT_ONCE, tag: `known ${index}` })).over
      ms.push(readInstantMs() - sentAt)
    }
  }
  return ms
}
