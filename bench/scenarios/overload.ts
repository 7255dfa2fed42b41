import { type Bench, below, type Figure, type FigureScenario } from '../harness/figure.ts'
import { createFlood, type Flood } from '../harness/flood.ts'
import { pass, readInstantMs } from '../harness/instant.ts'
import { openProbe } from '../harness/probe.ts'
import { AT_ONCE } from '../harness/script.ts'
import { openStage, type Stage, toScripted } from '../harness/stage.ts'
import { quantile, toRangeText, toSpread } from '../harness/statistics.ts'

/** Two slots of 200 ms: ten misses a second can be served. */
const QUEUE = { concurrency: 2, maxDepth: 64 }
const MISS_MS = 200
const OFFERED_PER_SECOND = (10 * QUEUE.concurrency * 1_000) / MISS_MS
const PACE = { perSecond: OFFERED_PER_SECOND, thinkMs: MISS_MS }

/** Known answers while far more is asked for than the origin can give. */
export const OVERLOAD: FigureScenario = {
  title: `flights: overload, hits while ${OFFERED_PER_SECOND} misses a second are offered for ${OFFERED_PER_SECOND / 10}`,
  standsFor: 'a batch of new questions that runs beside people whose questions are known',
  async measure(bench) {
    const stage = await openStage(bench, { settings: { queue: QUEUE } })
    try {
      return [...(await measureHits(stage, bench, 1)), ...(await measureHits(stage, bench, 16))]
    } finally {
      await stage.close()
    }
  },
}

async function measureHits(stage: Stage, bench: Bench, connections: number): Promise<Figure[]> {
  const [rounds, ms] = bench.effort === 'quick' ? [1, 1_500] : [7, 3_000]
  await collect(stage, connections, 1_000)
  const ratios: number[] = []
  const idle: number[] = []
  const loaded: number[] = []
  const beside: number[] = []
  const flood = createFlood(stage.reprise.url, PACE)
  const past = createFlood(stage.origin.url, PACE)
  for (let round = 0; round < rounds; round += 1) {
    const without = await collect(stage, connections, ms)
    const generating = await collectUnder(past, stage, { connections, ms })
    const under = await collectUnder(flood, stage, { connections, ms })
    beside.push(quantile(generating, 0.99) / quantile(without, 0.99))
    idle.push(quantile(without, 0.99))
    loaded.push(quantile(under, 0.99))
    ratios.push(quantile(under, 0.99) / quantile(without, 0.99))
  }
  const ratio = toSpread(ratios)
  const among = `${connections} connection${connections === 1 ? '' : 's'}`
  return [
    {
      name: `${among}: p99 of hits under load ÷ idle, median of the rounds`,
      measured: ratio.median,
      unit: '×',
      goal: below(2),
      detail: `${toRangeText(ratio)}; idle ${quantile(idle, 0.5).toFixed(2)} ms, loaded ${quantile(loaded, 0.5).toFixed(2)} ms; misses: ${flood.report()}`,
    },
    {
      name: `${among}: the same, while the misses go to the origin directly`,
      measured: quantile(beside, 0.5),
      unit: '×',
      detail: 'what making the load adds to the waiting for hits, on the core that it shares',
    },
  ]
}

/** The queue is full by then, in ms. */
const FLOODED_AFTER_MS = 1_500
/** Runs that were called off have ended by then, in ms. */
const DRAINED_AFTER_MS = 500

async function collectUnder(
  flood: Flood,
  stage: Stage,
  { connections, ms }: { readonly connections: number; readonly ms: number },
): Promise<number[]> {
  flood.start()
  await pass(FLOODED_AFTER_MS)
  const times = await collect(stage, connections, ms)
  await flood.stop()
  await pass(DRAINED_AFTER_MS)
  return times
}

/** How long each hit took, one after the other on each connection, in ms. */
async function collect(stage: Stage, connections: number, ms: number): Promise<number[]> {
  const question = toScripted({ ...AT_ONCE, tag: 'known' })
  const probes = await Promise.all(
    Array.from({ length: connections }, () => openProbe(stage.reprise.url)),
  )
  const times: number[] = []
  const until = readInstantMs() + ms
  const askOn = async (probe: (typeof probes)[number]): Promise<void> => {
    while (readInstantMs() < until) times.push((await probe.ask(question)).endMs)
  }
  await Promise.all(probes.map(askOn))
  for (const probe of probes) probe.close()
  return times
}
