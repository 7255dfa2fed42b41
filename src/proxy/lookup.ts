import type { Clock } from '../clock.ts'
import { isFresh, toTtlSeconds } from '../http/freshness.ts'
import type { Found, Key, Store } from '../store/store.ts'
import type { Exchange, Step, StepName } from './exchange.ts'
import type { Verdicts } from './verdicts.ts'

/** What the step needs of the rest. */
export interface LookupOptions {
  readonly store: Pick<Store, 'get'>
  readonly verdicts: Verdicts
  readonly clock: Pick<Clock, 'now'>
}

/** Asks the store for the key and judges whether what it has is fresh. */
export function createLookupStep(options: LookupOptions): Step {
  return (exchange) => {
    const key = exchange.identity?.key
    if (key === undefined) return 'record'
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
  if (!isFresh(found.entry.expiresAt, now)) return miss(exchange, 'expired')
  exchange.found = found
  const ttlSeconds = toTtlSeconds(found.entry.expiresAt, now)
  exchange.outcome = { kind: 'hit', tier: found.tier, ttlSeconds }
  return 'replay'
}

function miss(exchange: Exchange, reason: 'absent' | 'expired'): StepName {
  exchange.outcome = { kind: 'miss', reason }
  return 'record'
}
