import { LRUCache } from 'lru-cache'
import type { Kind } from '../ollama/kind.ts'
import { isMeant } from './filter.ts'
import { compareRows, toAgeSeconds } from './listing.ts'
import { measureFrames } from './packed-entry.ts'
import { chooseNearer, toDiffering } from './parts.ts'
import type { EntryRow, Filter, ListQuery, Nearest, OwnedStore, Parts, PurgeMode } from './query.ts'
import { type Amount, type Entry, emptyKinds, type Found, type Key } from './store.ts'

/**
 * What an entry takes besides its frames, in bytes: 770 of the heap (itself, its key, its parts, its place in the
 * tables; `process.memoryUsage()` around 20,000 of them), as much again, because V8 lets old space grow to twice of what lives in it
 * before it goes through it, and what the system keeps of each piece of memory.
 */
const OVERHEAD_BYTES = 2048
/** What each buffer of frames takes besides its bytes. */
const PIECE_OVERHEAD_BYTES = 96
/**
 * What is made of an entry when it is given (proxy/shapes.ts): places to fill and a head, besides its bytes once more.
 * Measured: 4 to 8 KB for answers of 1.4 KB; of 11 KB, 10 KB for the whole and 30 KB streamed.
 */
const READY_BYTES = 4096

/**
 * A tier in this process: least recently used entries go first, by bytes, and what is larger than all of
 * it is not kept. To lose one of them costs a read from disk, not a generation, so it is not weighed by
 * worth. `now` gives wall time in ms since the epoch; without it ages are not told.
 */
export function createMemoryStore(maxBytes: number, now: () => number = () => 0): OwnedStore {
  const store = new MemoryStore(maxBytes, now)
  // Its methods may be taken off it: tests wrap single ones.
  return {
    get: (key) => store.get(key),
    recall: (key) => store.get(key),
    survey: (keys) => store.survey(keys),
    put: (entry) => store.put(entry),
    remove: (key) => store.remove(key),
    usage: () => store.usage(),
    flush: () => store.flush(),
    close: () => store.close(),
    peek: (key) => store.peek(key),
    putIfNewer: (entry) => store.putIfNewer(entry),
    touch: (key) => store.touch(key),
    list: (query) => store.list(query),
    purge: (filter, mode) => store.purge(filter, mode),
    expire: () => store.expire(),
    nearest: (parts, route) => store.nearest(parts, route),
    entries: (filter) => store.entries(filter),
    held: (keys) => store.held(keys),
    setDigests: (known) => store.setDigests(known),
  }
}

/** An entry, and how often it was given since it was first put. */
interface Held {
  readonly entry: Entry
  /** What it takes. */
  readonly bytes: number
  hits: number
  hitAt: number | undefined
}

class MemoryStore implements OwnedStore {
  readonly #kinds: Record<Kind, Amount> = emptyKinds()
  readonly #now: () => number
  readonly #cache: LRUCache<Key, Held>

  constructor(maxBytes: number, now: () => number) {
    this.#now = now
    this.#cache = new LRUCache<Key, Held>({
      maxSize: Math.max(1, maxBytes),
      sizeCalculation: ({ bytes }) => bytes,
      onInsert: (held, _key, reason) => reason !== 'update' && this.#count(held, 1),
      dispose: (held) => this.#count(held, -1),
    })
  }

  get(key: Key): Found | undefined {
    const held = this.#cache.get(key)
    if (held === undefined) return undefined
    this.#touch(held)
    return { entry: held.entry, tier: 'memory' }
  }

  peek(key: Key): Found | undefined {
    const held = this.#cache.peek(key)
    return held && { entry: held.entry, tier: 'memory' }
  }

  survey(keys: readonly Key[]): (Found | undefined)[] {
    return keys.map((key) => this.peek(key))
  }

  put(entry: Entry): void {
    const { hits = 0, hitAt } = this.#cache.peek(entry.key) ?? {}
    this.#hold(entry, hits, hitAt)
  }

  async putIfNewer(entry: Entry): Promise<'put' | 'kept'> {
    const held = this.#cache.peek(entry.key)
    if (held !== undefined && held.entry.storedAt >= entry.storedAt) return 'kept'
    this.put(entry)
    return 'put'
  }

  remove(key: Key): void {
    this.#cache.delete(key)
  }

  touch(key: Key): void {
    const held = this.#cache.get(key)
    if (held !== undefined) this.#touch(held)
  }

  usage() {
    return [{ tier: 'memory', kinds: { ...this.#kinds } }] as const
  }

  async list({ filter, offset, limit, ...sorting }: ListQuery) {
    const rows = this.#rows(filter).sort(compareRows(sorting))
    const bytes = rows.reduce((sum, row) => sum + row.bytes, 0)
    return { total: rows.length, bytes, rows: rows.slice(offset, offset + limit) }
  }

  async purge(filter: Filter, mode: PurgeMode): Promise<number> {
    const rows = this.#rows(filter)
    return mode === 'purge' ? this.#removeAll(rows) : rows.length
  }

  async expire(): Promise<number> {
    return this.#removeAll(this.#rows({}).filter(({ expiresAt }) => expiresAt <= this.#now()))
  }

  async nearest(parts: Parts, route: string): Promise<Nearest | undefined> {
    let nearest: Nearest | undefined
    for (const row of this.#rows({ route })) {
      const own = this.#cache.peek(row.key)?.entry.parts
      if (own) nearest = chooseNearer(nearest, { row, differing: toDiffering(parts, own) })
    }
    return nearest
  }

  async *entries(filter: Filter) {
    for (const { key } of this.#rows(filter)) {
      const held = this.#cache.peek(key)
      if (held !== undefined) yield held.entry
    }
  }

  async held(keys: readonly Key[]): Promise<ReadonlySet<Key>> {
    return new Set(keys.filter((key) => this.#cache.has(key)))
  }

  setDigests(known: ReadonlySet<string>): void {
    this.#removeAll(this.#rows({}).filter(({ digest }) => !known.has(digest)))
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#cache.clear()
  }

  #rows(filter: Filter): EntryRow[] {
    const now = this.#now()
    const rows = Array.from(this.#cache.values(), (held) => toRow(held, now))
    return rows.filter((row) => isMeant(row, filter))
  }

  #removeAll(rows: readonly EntryRow[]): number {
    return rows.filter(({ key }) => this.#cache.delete(key)).length
  }

  #touch(held: Held): void {
    held.hits += 1
    held.hitAt = this.#now()
    // Its first use makes it larger.
    if (held.hits === 1) this.#hold(held.entry, held.hits, held.hitAt)
  }

  #hold(entry: Entry, hits: number, hitAt: number | undefined): void {
    this.#cache.set(entry.key, { entry, hits, hitAt, bytes: toBytes(entry, hits) })
  }

  #count({ entry, bytes: own }: Held, sign: 1 | -1): void {
    const { entries, bytes } = this.#kinds[entry.kind]
    this.#kinds[entry.kind] = { entries: entries + sign, bytes: bytes + sign * own }
  }
}

function toRow({ entry, hits, hitAt }: Held, now: number): EntryRow {
  const { key, route, kind, model, digest, storedAt, expiresAt, costMs, tokens } = entry
  return {
    ...{ key, route, kind, model, digest, storedAt, expiresAt, costMs, tokens, hits, hitAt },
    ageSeconds: toAgeSeconds(storedAt, now),
    bytes: measureFrames(entry).bytes,
  }
}

/** Bytes an entry takes in memory, with what is made of it when it is given. */
function toBytes(entry: Entry, hits: number): number {
  const { bytes: frameBytes, heldBytes, pieces } = measureFrames(entry)
  const bytes = OVERHEAD_BYTES + heldBytes + pieces * PIECE_OVERHEAD_BYTES
  if (hits === 0 || entry.kind === 'embedding') return bytes
  // What is made of columns does not share their memory.
  return bytes + READY_BYTES + frameBytes + Math.max(0, frameBytes - heldBytes)
}
