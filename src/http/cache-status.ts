import type { MissReason, Outcome, StaleForward } from '../outcome.ts'
import { appendMember, toTokenOrString } from './structured-field.ts'

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
  return appendMember(existing, `${CACHE_NAME}; ${parameters}`)
}

function toParameters(outcome: Outcome): string | undefined {
  switch (outcome.kind) {
    case 'hit':
      return `hit; ttl=${outcome.ttlSeconds}; detail=${outcome.tier}`
    case 'stale':
      return toStaleParameters(outcome.ttlSeconds, outcome.forward)
    case 'miss':
      return toForwarded(outcome.reason)
    case 'collapsed':
      return `${toForwarded(outcome.reason)}; collapsed`
    case 'bypass':
      return `fwd=bypass; detail=${outcome.reason}`
    case 'method':
      return 'fwd=method'
    case 'error':
      return undefined
  }
}

/** The reasons in the words of the registry (RFC 9211 §2.2): an entry that was there and not fresh is `stale`. */
const FORWARDED: Readonly<Record<MissReason, string>> = {
  absent: 'fwd=miss',
  expired: 'fwd=stale',
  request: 'fwd=request',
}

function toForwarded(reason: MissReason): string {
  return FORWARDED[reason]
}

/** `hit` and `fwd` exclude each other: an answer that was forwarded for first is no hit (§2.1, §2.3). */
function toStaleParameters(ttlSeconds: number, forward: StaleForward): string {
  switch (forward.kind) {
    case 'none':
      return `hit; ttl=${ttlSeconds}; detail=stale`
    case 'status':
      return `fwd=stale; fwd-status=${forward.status}; ttl=${ttlSeconds}; detail=stale`
    case 'failed':
      return `fwd=stale; ttl=${ttlSeconds}; detail=${toTokenOrString(forward.reason)}`
  }
}

/** The word for `X-Cache`; undefined where there is no `Cache-Status` either. */
export function toXCache(outcome: Outcome): XCache | undefined {
  switch (outcome.kind) {
    case 'hit':
      return 'HIT'
    case 'stale':
      return 'STALE'
    case 'miss':
    case 'collapsed':
      return 'MISS'
    case 'bypass':
    case 'method':
      return 'BYPASS'
    case 'error':
      return undefined
  }
}
