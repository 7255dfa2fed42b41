import type { Outcome } from '../outcome.ts'

/** The outcome in the one word that people grep for. */
export type XCache = 'HIT' | 'MISS' | 'BYPASS' | 'STALE'

/** Our member's name in `Cache-Status`. */
const CACHE_NAME = 'reprise'

/**
 * `Cache-Status` (RFC 9211): our member behind those of the caches before us. Undefined for answers
 * that Reprise made itself, which carry none (§2 of the RFC).
 */
export function toCacheStatus(outcome: Outcome, existing: string | undefined): string | undefined {
  const parameters = toParameters(outcome)
  if (parameters === undefined) return undefined
  const member = `${CACHE_NAME}; ${parameters}`
  return existing === undefined || existing === '' ? member : `${existing}, ${member}`
}

function toParameters(outcome: Outcome): string | undefined {
  switch (outcome.kind) {
    case 'hit':
      return `hit; ttl=${outcome.ttlSeconds}; detail=${outcome.tier}`
    case 'miss':
      // An entry that was there and not fresh is `stale` in the registry of the RFC (§2.2).
      return outcome.reason === 'expired' ? 'fwd=stale' : 'fwd=miss'
    case 'bypass':
      return `fwd=bypass; detail=${outcome.reason}`
    case 'method':
      return 'fwd=method'
    case 'error':
      return undefined
  }
}

/** The word for `X-Cache`; undefined where there is no `Cache-Status` either. */
export function toXCache(outcome: Outcome): XCache | undefined {
  switch (outcome.kind) {
    case 'hit':
      return 'HIT'
    case 'miss':
      return 'MISS'
    case 'bypass':
    case 'method':
      return 'BYPASS'
    case 'error':
      return undefined
  }
}
