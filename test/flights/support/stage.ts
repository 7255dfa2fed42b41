import { onTestFinished } from 'vitest'
import type { ConfigInput } from '../../../src/config/load.ts'
import { type SimulatedOrigin, startOrigin } from '../../support/origin.ts'
import { exchange, type RawAnswer, type RawExchange, send } from '../../support/raw-client.ts'
import { startReprise, type TestServer } from '../../support/reprise.ts'
import { createWatchedClock, type WatchedClock } from './watched-clock.ts'
import { createWatchedStore, type WatchedStore } from './watched-store.ts'

/** The route that is asked. */
export const PATH = '/api/generate'

/** Frames of an answer of the simulated model: twelve words, and the last one. */
export const FRAMES = 13

/** Ollama's own words for a full queue (server/sched.go, ErrMaxQueue). */
export const BUSY = 'server busy, please try again.  maximum pending requests exceeded'

/** What a test says of its stage. */
export interface StageOptions {
  readonly flags?: ConfigInput['flags']
  readonly origin?: SimulatedOrigin
  readonly store?: WatchedStore
}

/** A question on its way. */
export interface Client extends RawExchange {
  /** Resolves when so many frames have come. */
  frames(count: number): Promise<void>
}

type Headers = readonly (readonly [string, string])[]

/** The whole server with a clock moved by hand, in front of a simulated origin. */
export interface Stage {
  readonly origin: SimulatedOrigin
  readonly reprise: TestServer
  readonly clock: WatchedClock
  readonly store: WatchedStore
  /** Sends a question; `more` goes into its body. */
  ask(prompt: string, more?: object, headers?: Headers): Client
  /** How many runs have reached the origin. */
  runs(): number
  /** The prompts that have reached the origin, in order. */
  prompts(): readonly unknown[]
  /** What the origin itself says to a question as it was sent to it. */
  direct(prompt: string, more?: object): Promise<RawAnswer>
  /** Closes the server before the end of the test. */
  close(): Promise<void>
}

/** Starts one that ends with the test. */
export async function openStage(given: StageOptions = {}): Promise<Stage> {
  const origin = given.origin ?? (await startOrigin())
  const clock = createWatchedClock()
  const store = given.store ?? createWatchedStore()
  // How busy the machine is that runs the tests must not change their results.
  const flags = { 'overload.maxEventLoopDelayMs': 0, ...given.flags }
  const reprise = await startReprise({ upstream: origin.url, clock, store, flags })
  const clients: RawExchange[] = []
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= reprise.close()
    return closing
  }
  onTestFinished(async () => {
    for (const client of clients) client.abort()
    await origin.close()
    await close()
  })
  return {
    origin,
    reprise,
    clock,
    store,
    close,
    ask(prompt, more = {}, headers = [['User-Agent', 'test']]) {
      const body = JSON.stringify({ model: 'tiny', prompt, ...more })
      const sent = send(reprise.port, { method: 'POST', path: PATH, headers, body })
      clients.push(sent)
      return { ...sent, frames: countFrames(sent) }
    },
    runs: () => origin.calls(PATH).length,
    prompts: () => origin.calls(PATH).map(({ json }) => json?.prompt),
    direct(prompt, more = {}) {
      const sent = origin.calls(PATH).find(({ json }) => json?.prompt === prompt)?.json
      const body = JSON.stringify({ ...sent, ...more })
      return exchange(origin.port, { method: 'POST', path: PATH, body })
    },
  }
}

/** A frame is a line and a transfer chunk: where both end stands nothing else. */
const FRAME_END = '\n\r\n'

function countFrames({ socket }: RawExchange): Client['frames'] {
  let text = ''
  const waiting = new Set<() => void>()
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1')
    for (const look of [...waiting]) look()
  })
  return (count) =>
    new Promise((resolve) => {
      const look = (): void => {
        if (text.split(FRAME_END).length - 1 < count) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
}

/** All answers, when all are there. */
export function answersOf(clients: readonly Client[]): Promise<RawAnswer[]> {
  return Promise.all(clients.map(({ answer }) => answer))
}

/** The text of each answer that occurs among them, once. */
export function textsOf(answers: readonly RawAnswer[]): string[] {
  return [...new Set(answers.map(({ body }) => body.toString()))]
}

/** So many of the same. */
export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}
