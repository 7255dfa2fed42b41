import { RepriseError } from '../errors.ts'
import type { RefusalReason } from '../outcome.ts'

/** What a person reads of each reason, with the setting that governs it. */
const SENTENCES: Readonly<Record<RefusalReason, string>> = {
  'queue-full': 'server busy: as many requests wait for Ollama as may (queue.maxDepth)',
  'queue-timeout': 'server busy: the request waited too long for Ollama (queue.maxWaitMs)',
  draining: 'reprise is shutting down',
  overloaded: 'server busy: reprise is overloaded (overload.*)',
  'upstream-down': 'Ollama does not answer; reprise asks again before long',
}

/** The error of a request that is not let through: 503, with the time after which asking again makes sense. */
export function toRefusal(reason: RefusalReason, retryAfterSeconds: number): RepriseError {
  return new RepriseError(reason, SENTENCES[reason], undefined, { retryAfterSeconds })
}

/** Why a stored answer was the only one that would have done. */
export type NotCachedCause = 'offline' | 'only-if-cached'

const NOT_CACHED: Readonly<Record<NotCachedCause, string>> = {
  offline: 'not in the cache, and Ollama is not asked (mode=offline)',
  'only-if-cached': 'not in the cache, and the request asks for nothing else (only-if-cached)',
}

/** The error of a request that may only be answered from the cache and cannot be: 504 (RFC 9111 §5.2.1.7). */
export function toNotCached(cause: NotCachedCause): RepriseError {
  return new RepriseError('not-cached', NOT_CACHED[cause])
}
