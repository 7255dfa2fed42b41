import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import type { Upstream } from './pool.ts'

/** How long an answer of the origin about an Origin is believed, in ms. */
const BELIEF_MS = 60_000

/** How long the origin has to answer, in ms; the client waits meanwhile. */
const ASK_LIMIT_MS = 2_000

/** Asks Ollama about Origins that our own list refuses: its list may be longer, and cannot be read. */
export interface OriginProbe {
  /** Synchronous where the answer is known. */
  isAllowed(origin: string): boolean | Promise<boolean>
}

/** Remembers 256 Origins for 60 s each. A failure counts as a refusal and is not remembered. */
export function createOriginProbe(
  upstream: Pick<Upstream, 'ask'>,
  clock: Pick<Clock, 'now'>,
): OriginProbe {
  const known = new LRUCache<string, { isAllowed: boolean; askedAt: number }>({ max: 256 })

  const asking = new Map<string, Promise<boolean>>()

  async function ask(origin: string): Promise<boolean> {
    try {
      const reply = await upstream.ask('/api/chat', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
        timeoutMs: ASK_LIMIT_MS,
      })
      const isAllowed = reply.headers['access-control-allow-origin'] !== undefined
      known.set(origin, { isAllowed, askedAt: clock.now() })
      return isAllowed
    } catch {
      return false
    } finally {
      asking.delete(origin)
    }
  }

  /** Requests of one page arrive together: they share one question. */
  function askOnce(origin: string): Promise<boolean> {
    const pending = asking.get(origin) ?? ask(origin)
    asking.set(origin, pending)
    return pending
  }

  return {
    isAllowed(origin) {
      const memory = known.get(origin)
      if (memory === undefined || clock.now() - memory.askedAt > BELIEF_MS) return askOnce(origin)
      return memory.isAllowed
    },
  }
}
