import { pass } from './instant.ts'
import type { Question } from './load.ts'
import { openClient } from './wire-client.ts'

/** How long one request is waited for, in ms. */
const LIMIT_MS = 5_000

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

/** Asks for one word; when it came, in ms, or undefined where none did in five seconds. */
export async function readFirstFrame(url: string): Promise<number | undefined> {
  const client = await openClient(url)
  const coming = client.ask(toQuestion(1))
  await Promise.race([coming.over, pass(LIMIT_MS)])
  client.leave()
  const { firstByteAt, sentAt } = coming
  return firstByteAt === undefined ? undefined : firstByteAt - sentAt
}

/** Starts a long answer; what comes back ends it. */
export async function startLong(url: string): Promise<() => void> {
  const client = await openClient(url)
  const coming = client.ask(toQuestion(LONG_TOKENS))
  await Promise.race([coming.begun, pass(LIMIT_MS)])
  return () => client.leave()
}

/** Asks for a long answer that will have to wait; what comes back ends it. */
async function queueLong(url: string): Promise<() => void> {
  const client = await openClient(url)
  client.ask(toQuestion(LONG_TOKENS))
  return () => client.leave()
}

/** Starts a long answer and leaves it; or leaves another one first that waits for its slot. */
export async function leave(
  url: string,
  phase: 'streaming' | 'awaiting the first frame',
): Promise<undefined> {
  const stop = await startLong(url)
  if (phase === 'awaiting the first frame') {
    // It waits for the slot of the first one, inside Ollama.
    const leaveOther = await queueLong(url)
    await pass(IN_PHASE_MS)
    leaveOther()
  }
  stop()
}

const IN_PHASE_MS = 50

/** Loads the model anew: with it comes a slot that is free. */
export async function restore(ollama: string): Promise<void> {
  const unload = JSON.stringify({ model: 'tiny-long', keep_alive: 0 })
  await (await fetch(`${ollama}/api/generate`, { method: 'POST', body: unload })).text()
  await pass(BETWEEN_MS)
  const load = JSON.stringify({ model: 'tiny-long' })
  await (await fetch(`${ollama}/api/generate`, { method: 'POST', body: load })).text()
  await readFirstFrame(ollama)
}

const BETWEEN_MS = 300
