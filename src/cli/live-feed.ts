import type { LiveRequest, LiveState } from '../admin/live.ts'
import { pause } from '../clock.ts'
import { type ServerClient, toUnreachable } from './server-client.ts'
import { readServerEvents, type ServerEvent } from './server-events.ts'

/** What the server tells, as it happens. */
export type LiveEvent =
  /** Comes first: the last requests before. */
  | { readonly kind: 'past'; readonly requests: readonly LiveRequest[] }
  | { readonly kind: 'state'; readonly state: LiveState }
  | { readonly kind: 'request'; readonly request: LiveRequest }
  /** The server has gone; it is tried again. */
  | { readonly kind: 'lost' }

/** How a feed behaves. */
export interface FeedOptions {
  /** Ends it. */
  readonly signal: AbortSignal
  /** What happens when the server goes: a person waits for it to come back, a program wants to know. */
  readonly onLoss: 'try-again' | 'fail'
}

/** As browsers do (`retry` of the events), in ms. */
const RETRY_MS = 2_000

/**
 * Events of the running server in batches, until the signal. Throws `server-unreachable` where there is none at
 * the beginning, and later too where a loss is to fail.
 */
export async function* followServer(
  client: Pick<ServerClient, 'url' | 'events'>,
  { signal, onLoss }: FeedOptions,
): AsyncGenerator<readonly LiveEvent[]> {
  let hasBeen = false
  while (!signal.aborted) {
    try {
      for await (const events of readServerEvents(await client.events(signal))) {
        hasBeen = true
        yield events.flatMap(toLiveEvent)
      }
    } catch (error) {
      if (signal.aborted) return
      if (!hasBeen) throw error
    }
    if (signal.aborted) return
    if (onLoss === 'fail') throw toUnreachable(client.url, undefined)
    yield [{ kind: 'lost' }]
    await pause(RETRY_MS, signal)
  }
}

/** What a newer server tells besides is passed over. */
function toLiveEvent({ name, data }: ServerEvent): LiveEvent[] {
  const said = JSON.parse(data)
  switch (name) {
    case 'past':
      return [{ kind: 'past', requests: said.requests }]
    case 'state':
      return [{ kind: 'state', state: said }]
    case 'request':
      return [{ kind: 'request', request: said }]
    default:
      return []
  }
}
