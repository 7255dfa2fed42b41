/** Whether an entry may still be given as it is (RFC 9111 §4.2): its lifetime is not over. */
export function isFresh(expiresAt: number, now: number): boolean {
  return now < expiresAt
}

/** Whole seconds since an entry was stored; never negative, even where the clock was set back. */
export function toAgeSeconds(storedAt: number, now: number): number {
  return Math.max(0, Math.floor((now - storedAt) / 1000))
}

/** Whole seconds of freshness left; negative once the lifetime is over. */
export function toTtlSeconds(expiresAt: number, now: number): number {
  return Math.floor((expiresAt - now) / 1000)
}
