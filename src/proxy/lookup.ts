import type { Clock } from '../clock.ts'
import { toFreshness, toTtlSeconds } from '../http/freshness.ts'
import { decideReuse, type ReuseDecision, type Serve } from '../http/reuse-decision.ts'
import type { MissReason } from '../outcome.ts'
import type { Found, Key, Store } from '../store/store.ts'
import type { Exchange, Mode, Step, StepName } from './exchange.ts'
import { toNotCached } from './refusal.ts'
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
  /** Makes a new answer in the background; says whether a run was started for it. */
  refresh(exchange: Exchange): 'started' | 'not-started'
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
  const now = options.clock.now()
  const entry = found && toFreshness(found.entry, now)
  const { staleIfErrorSeconds, staleWhileRevalidateSeconds } = options
  const { directives } = exchange
  const limits = { staleIfErrorSeconds, staleWhileRevalidateSeconds }
  const decision = decideReuse({ directives, entry, ...limits })
  if (decision.kind === 'refuse') throw toNotCached('only-if-cached')
  if (found === undefined) return miss(exchange, 'absent')
  if (options.mode === 'observe') return observe(exchange, found, decision)
  if (decision.kind === 'serve') return serve(exchange, found, decision, options)
  // Without an origin there is no better answer, however old this one is.
  if (options.mode === 'offline') return giveStale(exchange, found, { kind: 'none' }, now)
  if (decision.fallbackSeconds > 0) exchange.stale = found
  return miss(exchange, decision.reason === 'request' ? 'request' : 'expired')
}

function serve(
  exchange: Exchange,
  found: Found,
  { state, refresh }: Serve,
  options: LookupOptions,
): StepName {
  const now = options.clock.now()
  if (state === 'fresh') {
    exchange.found = found
    const ttlSeconds = toTtlSeconds(found.entry.expiresAt, now)
    exchange.outcome = { kind: 'hit', tier: found.tier, ttlSeconds }
    return 'replay'
  }
  if (refresh === 'background') {
    exchange.outcome = { kind: 'miss', reason: 'expired' }
    exchange.renewal = options.refresh(exchange)
  }
  return giveStale(exchange, found, { kind: 'none' }, now)
}

/** What would have been a hit: the origin is asked all the same, and the two are compared. */
function observe(exchange: Exchange, found: Found, decision: ReuseDecision): StepName {
  if (decision.kind !== 'serve') return miss(exchange, 'expired')
  exchange.observed = found
  exchange.outcome = { kind: 'bypass', reason: 'observed' }
  return 'join'
}

function miss(exchange: Exchange, reason: MissReason): StepName {
  exchange.outcome = { kind: 'miss', reason }
  return 'join'
}
