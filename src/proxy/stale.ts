import { toTtlSeconds } from '../http/freshness.ts'
import type { StaleForward } from '../outcome.ts'
import type { Found } from '../store/store.ts'
import type { Exchange, StepName } from './exchange.ts'

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
