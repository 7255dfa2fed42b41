import { onTestFinished } from 'vitest'
import type { ConfigInput } from '../../../src/config/load.ts'
import type { Awaitable, Key, Sight } from '../../../src/store/store.ts'
import { createWatchedClock, type WatchedClock } from '../../flights/support/watched-clock.ts'
import { createWatchedStore, type WatchedStore } from '../../flights/support/watched-store.ts'
import { type SimulatedOrigin, startOrigin } from '../../support/origin.ts'
import { type RawAnswer, type RawExchange, send } from '../../support/raw-client.ts'
import { startReprise, type TestServer } from '../../support/reprise.ts'
import { writeVector } from './written-vectors.ts'

/** The routes of this folder. */
export const EMBED = '/api/embed'
export const OPENAI = '/v1/embeddings'

/** The whole server in front of a simulated embedder whose vectors tell their texts. */
export interface EmbeddingStage {
  readonly origin: SimulatedOrigin
  readonly reprise: TestServer
  readonly clock: WatchedClock
  readonly store: WatchedStore
  /** How many texts have been looked up so far. */
  lookups(): number
  /** The keys of all texts that were stored, in order. */
  stored(): readonly Key[]
  /** Sends texts to `/api/embed`; `more` goes into the body. */
  embed(input: string | readonly string[], more?: object): RawExchange
  /** POSTs a body. */
  post(path: string, body: object, headers?: Headers): RawExchange
  /** Waits for the answer to texts on `/api/embed`. */
  ask(input: string | readonly string[], more?: object): Promise<RawAnswer>
  /** The texts of each call that has reached the origin on a route, in order. */
  asked(path?: string): readonly (readonly string[])[]
}

type Headers = readonly (readonly [string, string])[]

/** How the store has what it has: at hand, or to be read, so that some of it may be gone when it is. */
export type Keeping = 'at-hand' | { readonly isGone: (key: Key) => boolean }

/** Starts one that ends with the test. */
export async function openEmbeddings(
  flags: ConfigInput['flags'] = {},
  keeping: Keeping = 'at-hand',
): Promise<EmbeddingStage> {
  const stage = await startEmbeddings(flags, keeping)
  onTestFinished(() => stage.close())
  return stage
}

/** Starts one that is closed by hand. */
export async function startEmbeddings(
  flags: ConfigInput['flags'] = {},
  keeping: Keeping = 'at-hand',
): Promise<EmbeddingStage & { close(): Promise<void> }> {
  const origin = await startOrigin()
  origin.setModel('minilm:latest', 'minilm').writeVector = writeVector
  const clock = createWatchedClock()
  let lookups = 0
  const stored: Key[] = []
  const watched = createWatchedStore()
  const store: WatchedStore = {
    ...watched,
    get(key) {
      lookups += 1
      const found = watched.get(key)
      return keeping !== 'at-hand' && keeping.isGone(key) ? undefined : found
    },
    survey(keys) {
      lookups += keys.length
      const sights = watched.survey(keys)
      return keeping === 'at-hand' ? sights : toUnread(sights)
    },
    put(entry) {
      stored.push(entry.key)
      watched.put(entry)
    },
  }
  const quiet = {
    'overload.maxEventLoopDelayMs': 0,
    'inject.enabled': false,
    'dialects.translate': false,
    ...flags,
  }
  const reprise = await startReprise({ upstream: origin.url, clock, store, flags: quiet })
  const sent = new Set<RawExchange>()
  const post = (path: string, body: object, headers: Headers = []): RawExchange => {
    const text = JSON.stringify({ model: 'minilm', ...body })
    const exchange = send(reprise.port, { method: 'POST', path, headers, body: text })
    sent.add(exchange)
    void exchange.answer.then(() => sent.delete(exchange))
    return exchange
  }
  const embed = (input: string | readonly string[], more = {}): RawExchange =>
    post(EMBED, { input, ...more })
  return {
    origin,
    reprise,
    clock,
    store,
    lookups: () => lookups,
    stored: () => stored,
    embed,
    post,
    ask: (input, more) => embed(input, more).answer,
    asked: (path = EMBED) =>
      origin.calls(path).map(({ json }) => {
        const input = json?.input as string | string[]
        return typeof input === 'string' ? [input] : input
      }),
    async close() {
      for (const each of sent) each.abort()
      await origin.close()
      await reprise.close()
    },
  }
}

/** Only their instants, and later, as a store behind a network would. */
async function toUnread(sights: Awaitable<readonly Sight[]>): Promise<readonly Sight[]> {
  return (await sights).map((sight) => {
    if (sight === undefined || !('entry' in sight)) return sight
    const { storedAt, expiresAt } = sight.entry
    return { storedAt, expiresAt }
  })
}
