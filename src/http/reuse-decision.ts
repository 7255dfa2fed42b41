import type { RequestDirectives } from './cache-control.ts'
import type { Freshness } from './freshness.ts'

/** What a decision is made of. All durations are seconds. */
export interface ReuseSituation {
  readonly directives: RequestDirectives
  /** Where the entry under the key stands in its life; undefined where there is none. */
  readonly entry: Freshness | undefined
  /** How long past its lifetime an entry may be given where the origin fails: the operator's word. */
  readonly staleIfErrorSeconds: number
  /** How long past its lifetime an entry is given while a new one is made: the operator's word; 0: never. */
  readonly staleWhileRevalidateSeconds: number
}

/** Why the origin is asked, in the words of `fwd` (RFC 9211 §2.2). */
export type ForwardReason =
  /** There is a fresh entry, and the request does not allow its use. */
  | 'request'
  /** There is no entry. */
  | 'miss'
  /** There is an entry past its lifetime. */
  | 'stale'

/** What is to be done with a request. */
export type ReuseDecision = Serve | Forward | Refuse

/** The entry is given. */
export interface Serve {
  readonly kind: 'serve'
  readonly state: 'fresh' | 'stale'
  /** `background`: a new answer is to be made meanwhile. */
  readonly refresh: 'none' | 'background'
}

/** The origin is asked. */
export interface Forward {
  readonly kind: 'forward'
  readonly reason: ForwardReason
  /**
   * For how many more seconds the entry may be given where the origin answers 500, 502, 503 or 504, or
   * not at all (RFC 5861 §4); 0: not at all. Counted from the instant of the decision.
   */
  readonly fallbackSeconds: number
  /** Whether the answer may become an entry. */
  readonly storing: 'allowed' | 'forbidden'
  /** Whether it may share a flight, in either role. */
  readonly joining: 'allowed' | 'forbidden'
}

/** 504: only a stored answer would do, and none does (RFC 9111 §5.2.1.7). */
export interface Refuse {
  readonly kind: 'refuse'
}

const REFUSE: Refuse = { kind: 'refuse' }

/**
 * Whether a request is answered from its entry, by the origin, or not at all (RFC 9111 §4.2.4, §5.2.1).
 * A client may narrow what the operator allows, and may widen it by the two directives that say so:
 * `max-stale` and `stale-if-error`. Where several directives speak of one thing, all of them have to hold.
 */
export function decideReuse(situation: ReuseSituation): ReuseDecision {
  const { directives, entry } = situation
  const served = entry && serve(situation, entry)
  if (served !== undefined) return served
  if (directives.onlyIfCached) return REFUSE
  const permission = directives.noStore ? 'forbidden' : 'allowed'
  return {
    kind: 'forward',
    reason: toReason(entry),
    fallbackSeconds: entry === undefined ? 0 : toFallback(situation, entry),
    storing: permission,
    joining: permission,
  }
}

/** Whether there is any use in a lookup: a request that is to leave no trace reads none either. */
export function mayRead(directives: RequestDirectives): boolean {
  return !directives.noStore
}

function serve(situation: ReuseSituation, entry: Freshness): Serve | undefined {
  const { directives } = situation
  if (!mayRead(directives) || !isWanted(directives, entry)) return undefined
  if (entry.ttlSeconds > 0) return { kind: 'serve', state: 'fresh', refresh: 'none' }
  const overdueSeconds = -entry.ttlSeconds
  const isDue = overdueSeconds < situation.staleWhileRevalidateSeconds
  const isAccepted =
    directives.maxStaleSeconds === undefined
      ? isDue && !isBounded(directives)
      : overdueSeconds <= directives.maxStaleSeconds
  if (!isAccepted) return undefined
  // A refresh asks the origin, which this request may not.
  const refresh = isDue && !directives.onlyIfCached ? 'background' : 'none'
  return { kind: 'serve', state: 'stale', refresh }
}

/** Whether the entry is young enough for this client, and far enough from its end. */
function isWanted(directives: RequestDirectives, { ageSeconds, ttlSeconds }: Freshness): boolean {
  const { noCache, maxAgeSeconds, minFreshSeconds } = directives
  // Nothing stored is of age zero, though it may be so to the millisecond.
  if (noCache || maxAgeSeconds === 0) return false
  if (maxAgeSeconds !== undefined && ageSeconds > maxAgeSeconds) return false
  return minFreshSeconds === undefined || ttlSeconds >= minFreshSeconds
}

/** Whether the client says itself how fresh it has to be: then the operator's leave for stale ones is void. */
function isBounded(directives: RequestDirectives): boolean {
  const { noCache, maxAgeSeconds, maxStaleSeconds, minFreshSeconds } = directives
  const bounds = [maxAgeSeconds, maxStaleSeconds, minFreshSeconds]
  return noCache || bounds.some((bound) => bound !== undefined)
}

function toFallback(situation: ReuseSituation, { ttlSeconds }: Freshness): number {
  const { directives } = situation
  if (!mayRead(directives)) return 0
  const granted = isBounded(directives) ? undefined : situation.staleIfErrorSeconds
  // The client's own word counts "regardless of other freshness information" (RFC 5861 §4).
  const limitSeconds = directives.staleIfErrorSeconds ?? granted
  return limitSeconds === undefined ? 0 : Math.max(0, limitSeconds + ttlSeconds)
}

function toReason(entry: Freshness | undefined): ForwardReason {
  if (entry === undefined) return 'miss'
  return entry.ttlSeconds > 0 ? 'request' : 'stale'
}
