import type { Clock } from '../clock.ts'
import { isFresh, toTtlSeconds } from '../http/freshness.ts'
import type { Found, Key, Store } from '../store/store.ts'
import type { Exchange, Mode, Step, StepName } from './exchange.ts'
import { giveStale } from './stale.ts'
import type { Verdicts } from './verdicts.ts'

/** What the step needs of the rest. */
export interface LookupOptions {
  readonly store: Pick<Store, 'get'>
  readonly verdicts: Verdicts
  readonly clock: Pick<Clock, 'now'>
  readonly mode: Mode
  /** How long past its lifetime an entry may be given where the origin fails, in seconds. */
  readonly staleIfErrorSeconds: number
  /** How long past its lifetime an entry is given while a new one is made, in seconds; 0: never. */
  readonly staleWhileRevalidateSeconds: number
  /** Makes a new answer in the background. */
  refresh(exchange: Exchange): void
}

/** Asks the store for the key and judges whether what it has is fresh. */
export function createLookupStep(options: LookupOptions): Step {
  return (exchange) => {
    const key = exchange.identity?.key
    if (key === undefined) return 'join'
    const verdict = options.verdicts.of(key)
    if (verdict === undefined) return ask(exchange, key, options)
    return verdict.then(() => ask(exchange, key, options))
  }
}

function ask(exchange: Exchange, key: Key, options: LookupOptions): StepName | Promise<StepName> {
  const found = options.store.get(key)
  if (found instanceof Promise) return found.then((value) => judge(exchange, value, options))
  return judge(exchange, found, options)
}

function judge(exchange: Exchange, found: Found | undefined, options: LookupOptions): StepName {
  if (found === undefined) return miss(exchange, 'absent')
  const now = options.clock.now()
  const { expiresAt } = found.entry
  if (!isFresh(expiresAt, now)) return judgeStale(exchange, found, options)
  if (options.mode === 'observe') return observe(exchange, found)
  exchange.found = found
  exchange.outcome = { kind: 'hit', tier: found.tier, ttlSeconds: toTtlSeconds(expiresAt, now) }
  return 'replay'
}

/** It would have been a hit: the origin is asked all the same, and the two are compared. */
function observe(exchange: Exchange, found: Found): StepName {
  exchange.observed = found
  exchange.outcome = { kind: 'bypass', reason: 'observed' }
  return 'join'
}

/** Past its lifetime an entry may be given while a new one is made, or where none can be made (RFC 5861). */
function judgeStale(exchange: Exchange, found: Found, options: LookupOptions): StepName {
  const now = options.clock.now()
  const overdueMs = now - found.entry.expiresAt
  if (options.mode === 'observe') return miss(exchange, 'expired')
  // Without an origin there is no better answer, however old this one is.
  if (options.mode === 'offline') return giveStale(exchange, found, { kind: 'none' }, now)
  if (overdueMs < options.staleWhileRevalidateSeconds * 1000) {
    exchange.outcome = { kind: 'miss', reason: 'expired' }
    options.refresh(exchange)
    return giveStale(exchange, found, { kind: 'none' }, now)
  }
  if (overdueMs < options.staleIfErrorSeconds * 1000) exchange.stale = found
  return miss(exchange, 'expired')
}

function miss(exchange: Exchange, reason: 'absent' | 'expired'): StepName {
  exchange.outcome = { kind: 'miss', reason }
  return 'join'
}
