/** What is asked for, in order, and what each answer takes. */
export interface Trace {
  readonly title: string
  /** Numbers of the answers, in the order they are asked for. */
  readonly asked: Int32Array
  /** Bytes of each answer as it is stored, its row included. */
  readonly bytes: readonly number[]
  /** Milliseconds to generate it. */
  readonly costMs: readonly number[]
}

/** What a trace is made of. */
export interface TraceShape {
  readonly title: string
  /** Zipf's exponent. */
  readonly alpha: number
  /** Share of requests for what is asked for once. */
  readonly onceShare: number
  readonly costs: Costs
  /** Chance of each request that a scan begins: 4 000 questions that nobody asks again. */
  readonly scanChance?: number
}

/**
 * `speeds`: by the speed of the model, one of four; `equal`: the same for all; `mixed`: embeddings of a
 * twelfth of a second beside text at 60, 25 and 8 tokens/s.
 */
export type Costs = 'speeds' | 'equal' | 'mixed'

const REQUESTS = 200_000
/** Questions that are asked again and again, at any one time. */
const POPULAR = 30_000
/** A fifth of the popular ones is replaced by new ones in the course of a trace. */
const REPLACED_EVERY = Math.round(REQUESTS / (POPULAR * 0.2))
const SCAN_LENGTH = 4_000

/** Tokens per second of the four models; prompts are read 15 times as fast. */
const SPEEDS = [110, 35, 9, 3]
const PROMPT_SPEEDUP = 15
const MIXED_SPEEDS = [60, 25, 8]
const EMBEDDING = { share: 0.35, bytes: 6_000, costMs: 80 }
/** Deflated NDJSON takes 6 bytes a token, a row and the frames' ends 700. */
const BYTES_PER_TOKEN = 6
const BASE_BYTES = 700
const EQUAL_COST_MS = 8_000

/** The same trace each time, of 200 000 requests. Popularity is synthetic: trust the order of the policies, not the sizes. */
export function makeTrace(shape: TraceShape): Trace {
  const random = createRandom(1)
  const answers = createAnswers(shape.costs, random)
  const popular = Array.from({ length: POPULAR }, answers.make)
  const pick = createZipf(POPULAR, shape.alpha, random)
  const asked = new Int32Array(REQUESTS)
  let scanning = 0
  for (let request = 0; request < REQUESTS; request++) {
    if (request % REPLACED_EVERY === 0) popular[Math.floor(random() * POPULAR)] = answers.make()
    if (scanning === 0 && random() < (shape.scanChance ?? 0)) scanning = SCAN_LENGTH
    if (scanning > 0) scanning -= 1
    const isNew = scanning > 0 || random() < shape.onceShare
    asked[request] = isNew ? answers.make() : popular[pick()]!
  }
  return { title: shape.title, asked, bytes: answers.bytes, costMs: answers.costMs }
}

/** Bytes of everything that is asked for: what a cache without a budget would take. */
export function totalBytes({ asked, bytes }: Trace): number {
  return [...new Set(asked)].reduce((sum, answer) => sum + bytes[answer]!, 0)
}

function createAnswers(costs: Costs, random: () => number) {
  const bytes: number[] = []
  const costMs: number[] = []
  const add = (size: number, cost: number): number => {
    costMs.push(cost)
    return bytes.push(Math.round(size)) - 1
  }
  const make = (): number => {
    if (costs === 'mixed' && random() < EMBEDDING.share)
      return add(EMBEDDING.bytes, EMBEDDING.costMs)
    const output = toLogNormal(180, 1.1, random)
    const prompt = toLogNormal(700, 1.2, random)
    const speeds = costs === 'mixed' ? MIXED_SPEEDS : SPEEDS
    const speed = speeds[Math.floor(random() * speeds.length)]!
    const seconds = output / speed + prompt / (speed * PROMPT_SPEEDUP)
    return add(
      BASE_BYTES + output * BYTES_PER_TOKEN,
      costs === 'equal' ? EQUAL_COST_MS : seconds * 1000,
    )
  }
  return { bytes, costMs, make }
}

function toLogNormal(median: number, sigma: number, random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Math.max(1, median * Math.exp(sigma * normal))
}

/** Ranks from 0, the first the most popular. */
function createZipf(count: number, alpha: number, random: () => number): () => number {
  const sums = new Float64Array(count)
  let sum = 0
  for (let rank = 0; rank < count; rank++) {
    sum += 1 / (rank + 1) ** alpha
    sums[rank] = sum
  }
  return () => {
    const wanted = random() * sum
    let low = 0
    let high = count - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle]! < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Numbers from 0 to 1 (mulberry32), the same for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
