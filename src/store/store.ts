import type { Kind } from '../ollama/kind.ts'
import type { Tier } from '../outcome.ts'

/** SHA-256 of the fingerprint, 64 lower-case hexadecimal digits. All 256 bits are kept. */
export type Key = string

/** One stored response. Immutable once made: tiers share the object. */
export interface Entry {
  readonly key: Key
  /** Tenant; constant until there are tenants. */
  readonly partition: string
  /** The route's path, as `/api/chat`. */
  readonly route: string
  readonly kind: Kind
  /** The model as the first client wrote it, for people; the identity is the digest. */
  readonly model: string
  /** Ollama's content hash of the model: 64 hexadecimal digits. */
  readonly digest: string
  /** The stored `Content-Type` of the origin's answer. */
  readonly contentType: string
  /** Wall time at which the answer was complete, in ms since the epoch. */
  readonly storedAt: number
  /** Wall time at which it stops being fresh, in ms since the epoch. */
  readonly expiresAt: number
  /** What it would cost to generate again, in ms: prompt evaluation and generation, without the load. */
  readonly costMs: number
  /** Tokens the generation produced; 0 where the origin did not say. */
  readonly tokens: number
  /** A short hash of each field of the request, 8 hexadecimal digits by the field's name: says later why another is no hit. Of a vector: what was counted with it. */
  readonly parts?: Readonly<Record<string, string>>
  /** Frames exactly as the origin wrote them, line ends included. */
  readonly frames: readonly Buffer[]
}

/** An entry and the tier that had it. */
export interface Found {
  readonly entry: Entry
  readonly tier: Tier
}

/** An entry that was seen and not read: enough of it to judge whether it may be given. Instants in ms since the epoch. */
export interface Unread {
  readonly storedAt: number
  readonly expiresAt: number
}

/** What is seen of a key when many are asked for at once: the entry itself where it is at hand. */
export type Sight = Found | Unread | undefined

/** Entries and stored bytes of one kind. */
export interface Amount {
  readonly entries: number
  readonly bytes: number
}

/** What one tier holds. */
export interface TierUsage {
  readonly tier: Tier
  readonly kinds: Readonly<Record<Kind, Amount>>
}

/** Nothing of any kind. */
export function emptyKinds(): Record<Kind, Amount> {
  const none = { entries: 0, bytes: 0 }
  return { text: none, vision: none, embedding: none }
}

/** A value, or a promise of it: a tier in this process answers at once, one behind a network does not. */
export type Awaitable<T> = T | Promise<T>

/**
 * Where entries live. One contract, one contract test for every implementation; tiers compose by it.
 * Implementations may throw or reject: `tiered` turns every fault into a miss and counts it.
 */
export interface Store {
  /**
   * The entry under `key`, expired or not (the caller judges freshness); undefined where there is
   * none. Counts as a hit: what is asked for is worth keeping.
   */
  get(key: Key): Awaitable<Found | undefined>
  /** The same of a store that answers at once; one that does not has none. */
  recall?(key: Key): Found | undefined
  /**
   * What there is under each of the keys, in their order. Counts no use: what is given out of a sight is
   * counted by `touch`, and what is to be read by the `get` that reads it.
   */
  survey(keys: readonly Key[]): Awaitable<readonly Sight[]>
  /** Counts a use of an entry that was given out of a sight, or by another tier. */
  touch(key: Key): void
  /** Takes the entry; it is readable at once or soon, and durable later. Replaces an older one. */
  put(entry: Entry): void
  /** Forgets the entry. */
  remove(key: Key): void
  /** What each tier holds. */
  usage(): readonly TierUsage[]
  /** Waits until all that was put is where it survives a restart. */
  flush(): Promise<void>
  /** Flushes and lets go of files and threads. */
  close(): Promise<void>
}
