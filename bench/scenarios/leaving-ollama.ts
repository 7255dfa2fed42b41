import type { Figure, FigureScenario } from '../harness/figure.ts'
import { pass } from '../harness/instant.ts'
import type { Question } from '../harness/load.ts'
import { startReprise } from '../harness/stage.ts'
import { quantile } from '../harness/statistics.ts'
import { openClient } from '../harness/wire-client.ts'

/** Where a real Ollama with the model `tiny-long` answers; undefined: the scenario has nothing to say. */
const OLLAMA = process.env.REPRISE_TEST_OLLAMA

/** What a real Ollama does when the only client leaves: it has one slot for each model, unless told otherwise. */
export const LEAVING_OLLAMA: FigureScenario = {
  title: 'flights: leaving a real Ollama, first frame of the next request',
  standsFor: 'somebody who presses stop and asks something else',
  async measure(bench) {
    if (OLLAMA === undefined) return []
    // A parameter that only one of two requests carries would make Ollama load the model anew between them.
    const settings = { inject: { numThread: { mode: 'off' } } }
    const reprise = await startReprise(bench, OLLAMA, settings)
    const { url } = reprise.server
    try {
      await restore(OLLAMA)
      const seen = { idle: [], busy: [], direct: [], streaming: [], waiting: [] } satisfies Seen
      for (let turn = 0; turn < (bench.effort === 'full' ? 10 : 2); turn += 1) {
        await note(seen.idle, OLLAMA, async () => undefined)
        await note(seen.busy, OLLAMA, () => startLong(OLLAMA))
        await note(seen.direct, OLLAMA, () => leave(OLLAMA, 'streaming'))
        await note(seen.streaming, OLLAMA, () => leave(url, 'streaming'))
        await note(seen.waiting, OLLAMA, () => leave(url, 'awaiting the first frame'))
      }
      return toFigures(seen)
    } finally {
      await reprise.close()
    }
  },
}

/** Times to the first frame of a short request, in ms; undefined where there was none in {@link LIMIT_MS}. */
type Times = (number | undefined)[]

interface Seen {
  readonly idle: Times
  /** While another one runs that nobody stops. */
  readonly busy: Times
  /** After a client of Ollama itself has left. */
  readonly direct: Times
  readonly streaming: Times
  readonly waiting: Times
}

function toFigures({ idle, busy, direct, streaming, waiting }: Seen): Figure[] {
  const idleMs = toMedian(idle)
  const toLater = (phase: string, times: Times): Figure => ({
    ...toLine(`${phase}, later than on an idle one, median`, times),
    measured: toMedian(times) - idleMs,
    goal: { kind: 'at-most', value: 100 },
  })
  return [
    toLater('streaming', streaming),
    toLater('awaiting the first frame', waiting),
    toLine('idle, p50', idle),
    toLine('streaming without Reprise between, p50', direct),
    toLine('while another one runs that nobody stops, p50', busy),
  ]
}

function toLine(name: string, times: Times): Figure {
  const served = times.filter((ms) => ms !== undefined)
  const lost = times.length - served.length
  const longest = `longest ${Math.max(...served).toFixed(1)}, ${times.length} times`
  // An Ollama that loses its slot when a client leaves does so without Reprise as well.
  const detail = lost === 0 ? longest : `${longest}, of which Ollama gave none in 5 s: ${lost}`
  return { name, measured: toMedian(times), unit: 'ms', detail }
}

function toMedian(times: Times): number {
  const served = times.filter((ms) => ms !== undefined)
  return quantile(served, 0.5)
}

/** How long one request is waited for, in ms. */
const LIMIT_MS = 5_000

/** Lets something happen, and asks Ollama directly, so that nothing but its slot decides. */
async function note(
  times: Times,
  ollama: string,
  prepare: () => Promise<(() => void) | undefined>,
): Promise<void> {
  const undo = await prepare()
  const ms = await readFirstFrame(ollama)
  undo?.()
  times.push(ms)
  if (ms === undefined) await restore(ollama)
  await pass(BETWEEN_MS)
}

let asked = 0

function toQuestion(tokens: number): Question {
  asked += 1
  const prompt = `Question ${process.pid} ${asked}`
  const options = { temperature: 0, num_predict: tokens }
  const body = JSON.stringify({ model: 'tiny-long', prompt, stream: true, options })
  return { method: 'POST', path: '/api/generate', body }
}

/** Far more than is waited for. */
const LONG_TOKENS = 2_000

async function readFirstFrame(url: string): Promise<number | undefined> {
  const client = await openClient(url)
  const coming = client.ask(toQuestion(1))
  await Promise.race([coming.over, pass(LIMIT_MS)])
  client.leave()
  const { firstByteAt, sentAt } = coming
  return firstByteAt === undefined ? undefined : firstByteAt - sentAt
}

/** Starts a long answer; what comes back ends it. */
async function startLong(url: string): Promise<() => void> {
  const client = await openClient(url)
  const coming = client.ask(toQuestion(LONG_TOKENS))
  await Promise.race([coming.begun, pass(LIMIT_MS)])
  return () => client.leave()
}

async function leave(
  url: string,
  phase: 'streaming' | 'awaiting the first frame',
): Promise<undefined> {
  const stop = await startLong(url)
  if (phase === 'awaiting the first frame') {
    // It waits for the slot of the first one, inside Ollama.
    const other = await openClient(url)
    other.ask(toQuestion(LONG_TOKENS))
    await pass(IN_PHASE_MS)
    other.leave()
  }
  stop()
}

/** Loads the model anew: with it comes a slot that is free. */
async function restore(ollama: string): Promise<void> {
  const unload = JSON.stringify({ model: 'tiny-long', keep_alive: 0 })
  await (await fetch(`${ollama}/api/generate`, { method: 'POST', body: unload })).text()
  await pass(BETWEEN_MS)
  const load = JSON.stringify({ model: 'tiny-long' })
  await (await fetch(`${ollama}/api/generate`, { method: 'POST', body: load })).text()
  await readFirstFrame(ollama)
}

const IN_PHASE_MS = 50
const BETWEEN_MS = 300
