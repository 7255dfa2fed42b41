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

/** How much of a lifetime its jitter may add or take away. */
const JITTER_SHARE = 0.1

/**
 * A lifetime, moved by up to a tenth either way by the key (64 hexadecimal digits): entries that were made
 * together do not expire together, and a restart changes nothing. Zero stays zero.
 */
export function jitterLifetime(seconds: number, key: string): number {
  const place = Number.parseInt(key.slice(0, 8), 16) / 0xffffffff
  return seconds * (1 - JITTER_SHARE + 2 * JITTER_SHARE * place)
}
