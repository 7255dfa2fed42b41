import type { Kind } from '../ollama/kind.ts'
import type { Packed } from './codec.ts'
import { createPackedEntry, metaOf, packedOf } from './packed-entry.ts'
import { type Entry, emptyKinds, type Key } from './store.ts'

/** An entry as it is written into a segment. */
export interface SegmentRecord {
  readonly key: Key
  readonly hash: number
  readonly kind: Kind
  /** What is said of it, as JSON. */
  readonly text: string
  readonly textBytes: number
  readonly packed: Packed
  /** All that it takes: whole units. */
  readonly bytes: number
}

/** Records begin at multiples of this. */
export const UNIT_BYTES = 8

/** Behind the bytes of it all, 32 bits each, little-endian: hash, kind, bytes of the key, the text and the frames. Then these. */
const HASH_AT = 4
const KIND_AT = 8
const KEY_BYTES_AT = 12
const TEXT_BYTES_AT = 16
const PACKED_BYTES_AT = 20
const HEADER_BYTES = 24

const KINDS = Object.keys(emptyKinds()) as readonly Kind[]

/** The record of an entry, whose key has such a hash; undefined where it would have more bytes than `mostBytes`. */
export function toRecord(entry: Entry, hash: number, mostBytes: number): SegmentRecord | undefined {
  const { key, kind } = entry
  const packed = packedOf(entry)
  // Nothing is written for what is too large however little is said of it.
  if (packed.length > mostBytes) return undefined
  const text = JSON.stringify(metaOf(entry))
  const textBytes = Buffer.byteLength(text)
  const size = HEADER_BYTES + Buffer.byteLength(key) + textBytes + packed.length
  const bytes = Math.ceil(size / UNIT_BYTES) * UNIT_BYTES
  return bytes > mostBytes ? undefined : { key, hash, kind, text, textBytes, packed, bytes }
}

/** Writes a record. */
export function writeRecord(memory: Buffer, at: number, record: SegmentRecord): void {
  const { key, hash, kind, text, textBytes, packed, bytes } = record
  const textAt = at + HEADER_BYTES + memory.write(key, at + HEADER_BYTES)
  memory.writeUInt32LE(bytes, at)
  memory.writeInt32LE(hash, at + HASH_AT)
  memory.writeUInt32LE(KINDS.indexOf(kind), at + KIND_AT)
  memory.writeUInt32LE(textAt - at - HEADER_BYTES, at + KEY_BYTES_AT)
  memory.writeUInt32LE(textBytes, at + TEXT_BYTES_AT)
  memory.writeUInt32LE(packed.length, at + PACKED_BYTES_AT)
  memory.write(text, textAt)
  memory.set(packed, textAt + textBytes)
}

/** Bytes of the record. */
export function sizeAt(memory: Buffer, at: number): number {
  return memory.readUInt32LE(at)
}

/** The hash of its key. */
export function hashAt(memory: Buffer, at: number): number {
  return memory.readInt32LE(at + HASH_AT)
}

/** The kind of its entry. */
export function kindAt(memory: Buffer, at: number): Kind {
  return KINDS[memory.readUInt32LE(at + KIND_AT)] ?? 'text'
}

/** Its key. */
export function keyAt(memory: Buffer, at: number): Key {
  const start = at + HEADER_BYTES
  return memory.toString('utf8', start, start + memory.readUInt32LE(at + KEY_BYTES_AT))
}

/** Its entry, whose frames stand where they are. */
export function entryAt(memory: Buffer<ArrayBuffer>, at: number): Entry {
  const textAt = at + HEADER_BYTES + memory.readUInt32LE(at + KEY_BYTES_AT)
  const packedAt = textAt + memory.readUInt32LE(at + TEXT_BYTES_AT)
  const end = packedAt + memory.readUInt32LE(at + PACKED_BYTES_AT)
  const meta = JSON.parse(memory.toString('utf8', textAt, packedAt))
  return createPackedEntry(meta, memory.subarray(packedAt, end))
}
