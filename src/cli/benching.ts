import { type Dispatcher, Pool } from 'undici'
import type { Clock } from '../clock.ts'
import { RepriseError } from '../errors.ts'
import { HEADER } from '../http/headers.ts'
import { createLatencyWindow, type Percentiles } from '../metrics/latency.ts'

/** What is measured. */
export interface BenchPlan {
  readonly url: string
  readonly model: string
  /** Questions that nobody has asked before. */
  readonly questions: number
  /** How often each of them is asked again, one request at a time, and then all at once. */
  readonly times: number
  /** Connections of the part that goes for speed. */
  readonly connections: number
  /** `num_predict` of every question. */
  readonly tokens: number
  /** Makes the questions new: no two runs have the same. */
  readonly nonce: string
}

/** What was measured. Times in ms, from the request to the last byte of the answer. */
export interface BenchResult {
  readonly model: string
  readonly requests: number
  /** The first question of all, and the load of the model with it: in no other number. */
  readonly firstMs: number
  readonly miss: Percentiles | null
  readonly hit: Percentiles | null
  readonly hitsPerSecond: number
  /** Requests that should have been hits and were not. */
  readonly notHits: number
}

/** Where the work is done. */
export interface Bench {
  /** Asks the first question: loads the model. Rejects with `command-failed`, and why. */
  begin(): Promise<number>
  /** Measures. */
  run(onStep: (done: number, all: number) => void): Promise<Omit<BenchResult, 'firstMs'>>
  close(): Promise<void>
}

/** How long answers are kept that were made only to be measured, in seconds. */
const KEPT_SECONDS = 120

/** For one server and one model. */
export function createBench(plan: BenchPlan, clock: Pick<Clock, 'monotonic'>): Bench {
  const { url, connections } = plan
  const pool = new Pool(url, { connections, headersTimeout: 0, bodyTimeout: 0 })
  const bodies = Array.from({ length: plan.questions + 1 }, (_, index) => toBody(plan, index))
  const ask = (index: number) => send(pool, bodies[index] ?? '', clock)
  return {
    async begin() {
      const { ms, status, xCache, text } = await ask(0)
      if (status !== 200) throw toFault(plan.model, `${status} ${text.trim()}`)
      if (xCache !== 'MISS') throw toFault(plan.model, `the cache is not asked (X-Cache ${xCache})`)
      return ms
    },
    run: (onStep) => measure(plan, { ask, clock, onStep }),
    close: () => pool.close(),
  }
}

interface Tools {
  ask(index: number): Promise<Asked>
  readonly clock: Pick<Clock, 'monotonic'>
  onStep(done: number, all: number): void
}

async function measure(
  { model, questions, times, connections }: BenchPlan,
  { ask, clock, onStep }: Tools,
): Promise<Omit<BenchResult, 'firstMs'>> {
  const misses = createLatencyWindow(questions)
  const hits = createLatencyWindow(questions * times)
  const all = questions * (1 + 2 * times)
  const sent = { requests: 0, notHits: 0 }
  const note = (asked: Asked): Asked => {
    if (asked.status !== 200) throw toFault(model, `${asked.status} ${asked.text.trim()}`)
    sent.requests += 1
    onStep(sent.requests, all)
    return asked
  }
  const askAgain = async (index: number): Promise<void> => {
    const { xCache, ms } = note(await ask(1 + (index % questions)))
    if (xCache !== 'HIT') sent.notHits += 1
    else hits.add(ms)
  }
  for (let i = 1; i <= questions; i++) misses.add(note(await ask(i)).ms)
  for (let i = 0; i < questions * times; i++) await askAgain(i)
  const alone = hits.percentiles()
  const startedAt = clock.monotonic()
  await inParallel(connections, questions * times, askAgain)
  const seconds = (clock.monotonic() - startedAt) / 1000
  return {
    ...{ model, ...sent },
    miss: misses.percentiles(),
    hit: alone,
    hitsPerSecond: Math.round((questions * times) / seconds),
  }
}

async function inParallel(
  workers: number,
  count: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const go = async (): Promise<void> => {
    while (next < count) {
      const index = next
      next += 1
      await work(index)
    }
  }
  await Promise.all(Array.from({ length: workers }, go))
}

interface Asked {
  readonly ms: number
  readonly status: number
  readonly xCache: string
  readonly text: string
}

const X_CACHE = HEADER.xCache.toLowerCase()

async function send(
  pool: Dispatcher,
  body: string,
  clock: Pick<Clock, 'monotonic'>,
): Promise<Asked> {
  const startedAt = clock.monotonic()
  const {
    statusCode,
    headers,
    body: answer,
  } = await pool.request({
    origin: '',
    path: '/api/generate',
    method: 'POST',
    headers: { 'content-type': 'application/json', [HEADER.ttl]: String(KEPT_SECONDS) },
    body,
  })
  const text = await answer.text()
  const ms = clock.monotonic() - startedAt
  return { ms, status: statusCode, xCache: String(headers[X_CACHE] ?? 'none'), text }
}

/** Temperature and seed leave no doubt that the answer may be kept. */
function toBody({ model, tokens, nonce }: BenchPlan, index: number): string {
  const prompt = `Question ${index} of measurement ${nonce}: name a colour.`
  const options = { num_predict: tokens, temperature: 0, seed: 1 }
  return JSON.stringify({ model, prompt, stream: false, options })
}

function toFault(model: string, why: string): RepriseError {
  const message = `${model} cannot be measured: ${why}; name another with --model, or look with "reprise doctor"`
  return new RepriseError('command-failed', message)
}
