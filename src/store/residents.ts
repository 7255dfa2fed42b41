import { LRUCache } from 'lru-cache'
import type { Kind } from '../ollama/kind.ts'
import { measureFrames } from './packed-entry.ts'
import { Segments } from './segments.ts'
import { type Amount, type Entry, emptyKinds, type Key } from './store.ts'

/**
 * What an entry that is an object takes besides its frames, in bytes: 770 of the heap (itself, its key, its parts, its place
 * in the tables; `process.memoryUsage()` around 20,000 of them), as much again, because V8 lets old space grow to twice of what
 * lives in it before it goes through it, and what the system keeps of each piece of memory.
 */
const OVERHEAD_BYTES = 2048
/** What an entry in a segment takes besides the bytes there: its place in a table that is half empty at least. */
const PLACE_BYTES = 32
/** What each buffer of frames takes besides its bytes. */
const PIECE_OVERHEAD_BYTES = 96
/**
 * What is made of an entry when it is given (proxy/shapes.ts): places to fill and a head, besides its bytes once more.
 * Measured, of 11 KB of frames: 3 KB for the whole answer, 26 KB streamed (`process.memoryUsage()` around 3,000 of them).
 */
const READY_BYTES = 4096
/** Memory is taken in pieces of so many bytes, or of a sixteenth of all where that is less. */
const SEGMENT_BYTES = 256 * 1024
const LEAST_SEGMENTS = 16

/** An entry in memory, and how often it was given since it was first put. */
export interface Resident {
  readonly entry: Entry
  readonly hits: number
  /** In ms since the epoch; undefined where it never was. */
  readonly hitAt: number | undefined
}

/** One that is an object. */
interface Held extends Resident {
  /** What it takes. */
  readonly bytes: number
  hits: number
  hitAt: number | undefined
  /** When it was last put or given, in turns. */
  usedAt: number
}

/**
 * The entries in this process, within so many bytes: the least recently used go first. Those that nobody has asked for so far,
 * most of which nobody ever will, stand in segments, a few hundred of which go together; one that is asked for becomes an
 * object, and so is one that is too large for a segment.
 */
export class Residents {
  readonly #kinds: Record<Kind, Amount> = emptyKinds()
  readonly #maxBytes: number
  readonly #unused: Segments
  readonly #held: LRUCache<Key, Held>
  /** How many are in segments. */
  #places = 0
  /** Counts what is put and given. */
  #turn = 0

  constructor(maxBytes: number) {
    const segmentBytes = Math.min(SEGMENT_BYTES, Math.floor(maxBytes / LEAST_SEGMENTS))
    // One more segment may wait to be filled again.
    this.#maxBytes = maxBytes - segmentBytes
    this.#unused = new Segments(segmentBytes, (kind, bytes, sign) => {
      this.#places += sign
      this.#count(kind, bytes + PLACE_BYTES, sign)
    })
    this.#held = new LRUCache<Key, Held>({
      maxSize: Math.max(1, this.#maxBytes),
      sizeCalculation: ({ bytes }) => bytes,
      onInsert: ({ entry, bytes }, _key, reason) =>
        reason !== 'update' && this.#count(entry.kind, bytes, 1),
      dispose: ({ entry, bytes }) => this.#count(entry.kind, bytes, -1),
    })
  }

  /** Bytes are what they take, not what the segments do. */
  amounts(): Record<Kind, Amount> {
    return { ...this.#kinds }
  }

  keys(): Key[] {
    return [...this.#held.keys(), ...this.#unused.keys()]
  }

  has(key: Key): boolean {
    return this.#held.has(key) || this.#unused.has(key)
  }

  /** The entry, which is used at an instant. */
  use(key: Key, at: number): Entry | undefined {
    const held = this.#held.get(key)
    if (held !== undefined) {
      this.#touch(held, at)
      return held.entry
    }
    const entry = this.#unused.read(key)
    if (entry === undefined) return undefined
    this.#unused.remove(key)
    this.#hold(entry, 1, at)
    return entry
  }

  /** The entry; it is not used. */
  read(key: Key): Entry | undefined {
    return this.#held.peek(key)?.entry ?? this.#unused.read(key)
  }

  /** What is known of it, only until anything is put: an entry that nobody asked for is not copied for it. */
  look(key: Key): Resident | undefined {
    const held = this.#held.peek(key)
    if (held !== undefined) return held
    const entry = this.#unused.look(key)
    return entry && { entry, hits: 0, hitAt: undefined }
  }

  put(entry: Entry): void {
    const before = this.#held.peek(entry.key)
    const record = before === undefined ? this.#unused.write(entry) : undefined
    if (record === undefined) {
      this.#unused.remove(entry.key)
      this.#hold(entry, before?.hits ?? 0, before?.hitAt)
      return
    }
    this.#makeRoom(this.#unused.missingFor(record) + PLACE_BYTES)
    this.#turn += 1
    this.#unused.put(record, this.#turn)
  }

  /** Whether it was there. */
  remove(key: Key): boolean {
    return this.#held.delete(key) || this.#unused.remove(key)
  }

  clear(): void {
    this.#held.clear()
    this.#unused.clear()
  }

  #touch(held: Held, at: number): void {
    held.hits += 1
    held.hitAt = at
    this.#turn += 1
    held.usedAt = this.#turn
    // Its first use makes it larger.
    if (held.hits === 1) this.#hold(held.entry, held.hits, held.hitAt)
  }

  #hold(entry: Entry, hits: number, hitAt: number | undefined): void {
    const bytes = toBytes(entry, hits)
    this.#held.delete(entry.key)
    if (bytes > this.#maxBytes) return
    this.#makeRoom(bytes)
    this.#turn += 1
    this.#held.set(entry.key, { entry, bytes, hits, hitAt, usedAt: this.#turn })
  }

  /** Lets the least recently used go, until there is room for so much more. */
  #makeRoom(bytes: number): void {
    while (this.#taken() + bytes > this.#maxBytes) {
      const unusedAt = this.#unused.oldestPutAt ?? Number.POSITIVE_INFINITY
      const usedAt = this.#held.rvalues().next().value?.usedAt ?? Number.POSITIVE_INFINITY
      if (unusedAt === usedAt) return
      if (unusedAt < usedAt) this.#unused.evict()
      else this.#held.pop()
    }
  }

  #taken(): number {
    return this.#unused.bytes + this.#places * PLACE_BYTES + this.#held.calculatedSize
  }

  #count(kind: Kind, own: number, sign: 1 | -1): void {
    const { entries, bytes } = this.#kinds[kind]
    this.#kinds[kind] = { entries: entries + sign, bytes: bytes + sign * own }
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
