/** The two ends of an entry's lifetime, in ms since the epoch. */
export interface Lifespan {
  readonly storedAt: number
  readonly expiresAt: number
}

/** Where an entry stands in its life: seconds with their fractions, which together make its lifetime. */
export interface Freshness {
  /** Since it was stored; never negative. */
  readonly ageSeconds: number
  /** Until it is no longer fresh; zero or less once its lifetime is over. */
  readonly ttlSeconds: number
}

/**
 * Where an entry stands in its life at `now` (RFC 9111 §4.2). Its age is the time it has been here
 * (`resident_time`, §4.2.3): it was stored when it was complete. An entry from after `now` was stored
 * before the clock was set back; nobody knows how long ago, so its lifetime counts as just over.
 * `now` is steady time (`toSteadyTime`), as are the entry's instants.
 */
export function toFreshness({ storedAt, expiresAt }: Lifespan, now: number): Freshness {
  const at = now < storedAt ? expiresAt : now
  return { ageSeconds: (at - storedAt) / 1000, ttlSeconds: (expiresAt - at) / 1000 }
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
