import { onTestFinished } from 'vitest'
import type { ConfigInput } from '../../../src/config/load.ts'
import { createWatchedClock, type WatchedClock } from '../../flights/support/watched-clock.ts'
import { createWatchedStore, type WatchedStore } from '../../flights/support/watched-store.ts'
import { type SimulatedOrigin, startOrigin } from '../../support/origin.ts'
import { type RawAnswer, type RawExchange, send } from '../../support/raw-client.ts'
import { startReprise, type TestServer } from '../../support/reprise.ts'

/** A route and a question on it that may be answered from the cache. */
export interface Dialect {
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
}

const messages = [{ role: 'user', content: 'Hello' }]

/** One of each compatible route whose answers are generated. */
export const DIALECTS: readonly Dialect[] = [
  { path: '/v1/chat/completions', body: { messages, max_tokens: 12 } },
  { path: '/v1/completions', body: { prompt: 'Hello', max_tokens: 12 } },
  { path: '/v1/responses', body: { input: 'Hello', max_output_tokens: 12 } },
  { path: '/v1/messages', body: { messages, max_tokens: 12 } },
]

type Headers = readonly (readonly [string, string])[]

/** The whole server with a clock moved by hand, in front of a simulated origin. */
export interface DialectStage {
  readonly origin: SimulatedOrigin
  readonly reprise: TestServer
  readonly clock: WatchedClock
  readonly store: WatchedStore
  /** POSTs a body, of the model `tiny` unless it names one. */
  send(path: string, body: object, headers?: Headers): RawExchange
  /** The same, and waits for the answer. */
  ask(path: string, body: object, headers?: Headers): Promise<RawAnswer>
  /** What the origin itself answers. */
  direct(path: string, body: object): Promise<RawAnswer>
}

/** Starts one that ends with the test. */
export async function openDialects(flags: ConfigInput['flags'] = {}): Promise<DialectStage> {
  const origin = await startOrigin()
  const clock = createWatchedClock()
  const store = createWatchedStore()
  const quiet = {
    'overload.maxEventLoopDelayMs': 0,
    'inject.enabled': false,
    'dialects.translate': false,
    ...flags,
  }
  const reprise = await startReprise({ upstream: origin.url, clock, store, flags: quiet })
  const open = new Set<RawExchange>()
  const sendTo =
    (port: number) =>
    (path: string, body: object, headers: Headers = []): RawExchange => {
      const text = JSON.stringify({ model: 'tiny', ...body })
      const exchange = send(port, { method: 'POST', path, headers, body: text })
      open.add(exchange)
      return exchange
    }
  onTestFinished(async () => {
    for (const exchange of open) exchange.abort()
    await origin.close()
    await reprise.close()
  })
  const toReprise = sendTo(reprise.port)
  return {
    origin,
    reprise,
    clock,
    store,
    send: toReprise,
    ask: (path, body, headers) => toReprise(path, body, headers).answer,
    direct: (path, body) => sendTo(origin.port)(path, body).answer,
  }
}
