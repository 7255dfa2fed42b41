import type { Kind } from '../ollama/kind.ts'
import { createPackedEntry, packedOf } from './packed-entry.ts'
import { PlaceTable } from './place-table.ts'
import {
  entryAt,
  hashAt,
  keyAt,
  kindAt,
  type SegmentRecord,
  sizeAt,
  toRecord,
  UNIT_BYTES,
  writeRecord,
} from './segment-record.ts'
import type { Entry, Key } from './store.ts'

/** Told of each entry that comes (1) and goes (-1), with the bytes it takes. */
export type OnChange = (kind: Kind, bytes: number, sign: 1 | -1) => void

/** A larger entry would waste too much of the end of a segment. */
const LEAST_IN_SEGMENT = 4

/**
 * Entries behind each other in a few large pieces of memory, the oldest of which is given up as a whole and filled again:
 * what is never asked for again is no object that V8 goes through, and no garbage (segments of a log, as in Segcache: Yang
 * et al., NSDI 2021). What is taken out leaves a hole until its segment goes.
 */
export class Segments {
  readonly #places = new PlaceTable({
    hashAt: (place) => hashAt(this.#segmentOf(place).memory, this.#toOffset(place)),
    hasKey: (place, key) => keyAt(this.#segmentOf(place).memory, this.#toOffset(place)) === key,
  })
  readonly #slots: (Segment | undefined)[] = []
  /** Oldest first; the last is being filled. */
  readonly #queue: Segment[] = []
  /** Memory of one that was given up, for the next. */
  #spare: Buffer<ArrayBuffer> | undefined
  readonly #units: number
  readonly #onChange: OnChange

  /** Starts with none. Besides what `bytes` says there may be one more, which was given up and waits to be filled again. */
  constructor(segmentBytes: number, onChange: OnChange) {
    this.#units = Math.floor(segmentBytes / UNIT_BYTES)
    this.#onChange = onChange
  }

  /** Bytes of all segments, holes and all. */
  get bytes(): number {
    return this.#queue.length * this.#segmentBytes
  }

  /** When the newest entry of the segment that goes next was put; undefined where there is no segment. */
  get oldestPutAt(): number | undefined {
    return this.#queue[0]?.putAt
  }

  /** In no order. */
  keys(): Key[] {
    const places = this.#places.list()
    return places.map((place) => keyAt(this.#segmentOf(place).memory, this.#toOffset(place)))
  }

  has(key: Key): boolean {
    return this.#find(key) !== undefined
  }

  /** The entry as it can be put; undefined where a segment would not hold several of its size. */
  write(entry: Entry): SegmentRecord | undefined {
    return toRecord(entry, toHash(entry.key), this.#segmentBytes / LEAST_IN_SEGMENT)
  }

  /** How much more memory it takes to put this. */
  missingFor({ bytes }: SegmentRecord): number {
    const open = this.#queue.at(-1)
    return open !== undefined && open.end + bytes <= this.#segmentBytes ? 0 : this.#segmentBytes
  }

  /** Puts it, in place of the one under its key. `at` is told back by `oldestPutAt`: on any scale that grows. */
  put(record: SegmentRecord, at: number): void {
    this.remove(record.key)
    const open = this.missingFor(record) === 0 ? this.#queue.at(-1) : undefined
    const segment = open ?? this.#open()
    writeRecord(segment.memory, segment.end, record)
    this.#places.add(this.#toPlace(segment, segment.end), record.hash)
    segment.end += record.bytes
    segment.present += 1
    segment.putAt = at
    this.#onChange(record.kind, record.bytes, 1)
  }

  /** The entry, in memory of its own. */
  read(key: Key): Entry | undefined {
    const entry = this.look(key)
    if (entry === undefined) return undefined
    const standing = packedOf(entry)
    const packed = Buffer.allocUnsafeSlow(standing.length)
    packed.set(standing)
    return createPackedEntry(entry, packed)
  }

  /** The entry where it stands: only until anything is put. */
  look(key: Key): Entry | undefined {
    const place = this.#find(key)
    return place === undefined
      ? undefined
      : entryAt(this.#segmentOf(place).memory, this.#toOffset(place))
  }

  /** Whether there was one. */
  remove(key: Key): boolean {
    const place = this.#find(key)
    if (place === undefined) return false
    const segment = this.#segmentOf(place)
    this.#forget(segment, this.#toOffset(place))
    if (segment.present === 0) this.#giveUp(segment)
    return true
  }

  /** Gives up the oldest segment, with all that is in it. */
  evict(): void {
    const segment = this.#queue[0]
    if (segment === undefined) return
    for (let at = 0; at < segment.end; at += sizeAt(segment.memory, at)) this.#forget(segment, at)
    this.#giveUp(segment)
  }

  clear(): void {
    while (this.#queue.length > 0) this.evict()
    this.#spare = undefined
  }

  get #segmentBytes(): number {
    return this.#units * UNIT_BYTES
  }

  #open(): Segment {
    const free = this.#slots.indexOf(undefined)
    const slot = free < 0 ? this.#slots.length : free
    const memory = this.#spare ?? Buffer.allocUnsafeSlow(this.#segmentBytes)
    this.#spare = undefined
    const segment: Segment = { slot, memory, end: 0, present: 0, putAt: 0 }
    this.#slots[slot] = segment
    this.#queue.push(segment)
    return segment
  }

  #giveUp(segment: Segment): void {
    this.#slots[segment.slot] = undefined
    this.#queue.splice(this.#queue.indexOf(segment), 1)
    this.#spare = segment.memory
  }

  /** Forgets what stands there, where it was not forgotten before. */
  #forget(segment: Segment, at: number): void {
    const { memory } = segment
    if (!this.#places.remove(this.#toPlace(segment, at), hashAt(memory, at))) return
    segment.present -= 1
    this.#onChange(kindAt(memory, at), sizeAt(memory, at), -1)
  }

  #find(key: Key): number | undefined {
    return this.#places.find(key, toHash(key))
  }

  /** Counted in units through all segments. */
  #toPlace({ slot }: Segment, at: number): number {
    return slot * this.#units + at / UNIT_BYTES
  }

  #segmentOf(place: number): Segment {
    return this.#slots[Math.floor(place / this.#units)] as Segment
  }

  #toOffset(place: number): number {
    return (place % this.#units) * UNIT_BYTES
  }
}

/** One piece of memory. */
interface Segment {
  readonly slot: number
  readonly memory: Buffer<ArrayBuffer>
  /** How much of it is filled. */
  end: number
  /** How many of its entries are here still. */
  present: number
  /** When the newest of them was put. */
  putAt: number
}

/** FNV-1a of the key's last digits, which are as good as any. 32 bits. */
function toHash(key: Key): number {
  let hash = 0x811c9dc5
  for (let i = Math.max(0, key.length - HASHED_DIGITS); i < key.length; i++)
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return hash
}

const HASHED_DIGITS = 16
