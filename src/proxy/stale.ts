import { toTtlSeconds } from '../http/freshness.ts'
import type { StaleForward } from '../outcome.ts'
import type { Found } from '../store/store.ts'
import type { Exchange, StepName } from './exchange.ts'
import type { FrameSource } from './frame-source.ts'

/** Answers with an entry that is past its lifetime, and says so. `now` is wall time, in ms. */
export function giveStale(
  exchange: Exchange,
  found: Found,
  forward: StaleForward,
  now: number,
): StepName {
  exchange.found = found
  const ttlSeconds = toTtlSeconds(found.entry.expiresAt, now)
  exchange.outcome = { kind: 'stale', tier: found.tier, ttlSeconds, forward }
  return 'replay'
}

/** The answers of an origin that stand for "not now" (RFC 5861 §4). */
const STATUSES = [500, 502, 503, 504]

/** What the origin says instead of an answer, where that is a reason to give a stale one; else undefined. */
export function findFailure({
  head,
  end,
}: Pick<FrameSource, 'head' | 'end'>): StaleForward | undefined {
  if (head !== undefined) {
    return STATUSES.includes(head.status) ? { kind: 'status', status: head.status } : undefined
  }
  switch (end?.kind) {
    case 'failed':
      return { kind: 'failed', reason: end.failure.reason }
    case 'refused':
      return { kind: 'none' }
    default:
      return undefined
  }
}
