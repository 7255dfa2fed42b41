import { hash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Row } from '../http/chunk.ts'
import { type Columns, toColumns } from '../ollama/columns.ts'
import { toRow } from '../ollama/frames.ts'
import {
  readSpans,
  type StoredSpan,
  sizeOfColumns,
  sizeOfUnpacked,
  unpackSpans,
  writeColumns,
} from '../ollama/packed-columns.ts'
import type { Entry, Key } from './store.ts'

/**
 * Frames in one piece of memory, as a row holds them before it is deflated: columns behind a mark, or the count of the frames
 * and the length of each (32 bits, little-endian), then their bytes. So kept, an answer is one object and not one for each frame.
 */
export type Packed = Buffer<ArrayBuffer>

/** Level 1: NDJSON repeats itself so much that higher levels gain 0.2 % for the same time. */
const LEVEL = 1
/** An answer is never larger than what may be recorded; a damaged row could claim to be. */
const MAX_INFLATED_BYTES = 512 * 1024 * 1024
/** Bytes of a frame count or length. */
const WORD_BYTES = 4
/** Stands where frames would be counted that are no columns; deflated data never begin so (RFC 1951 §3.2.3: there is no block type 3). */
const COLUMNS = 0xffffffff
/** Columns of an answer so long are stored as they are: to inflate them takes longer than to read them, and they shrink by a third. */
const MOST_PLAIN_BYTES = 4096
/** 128 bits are kept of the checksum. */
const SUM_BYTES = 16

/** Packs frames that nobody has read so far: those of an import. */
export function packFrames(frames: readonly Buffer[]): Packed {
  const rows = frames.map(toRow)
  return packColumns(toColumns(rows)) ?? packRows(rows)
}

/** Copies frames, as they are, into one piece of exactly their size: it is kept without what they were cut from. */
export function packRows(rows: readonly Row[]): Packed {
  let count = 0
  let size = 0
  for (const { start, ends } of rows) {
    count += ends.length
    size += (ends.at(-1) ?? start) - start
  }
  let at = WORD_BYTES * (count + 1)
  const packed = Buffer.allocUnsafeSlow(at + size)
  let word = packed.writeUInt32LE(count)
  for (const { bytes, start, ends } of rows) {
    let from = start
    for (const end of ends) {
      word = packed.writeUInt32LE(end - from, word)
      from = end
    }
    at += bytes.copy(packed, at, start, from)
  }
  return packed
}

/** Packs frames that were read as they came; undefined where they are shorter as they are. */
export function packColumns(columns: Columns): Packed | undefined {
  if (sizeOfColumns(columns) >= columns.size + WORD_BYTES * columns.count) return undefined
  const packed = writeColumns(columns, WORD_BYTES)
  packed.writeUInt32LE(COLUMNS)
  return packed
}

/** The frames, where they were stored in columns. */
export function spansOf(packed: Packed): readonly StoredSpan[] | undefined {
  return isColumns(packed) ? readSpans(packed.subarray(WORD_BYTES)) : undefined
}

function isColumns(bytes: Buffer): boolean {
  return bytes.length >= WORD_BYTES && bytes.readUInt32LE() === COLUMNS
}

/** Where the frames stand in one piece, which is the packed one where they are no columns. */
export function locateFrames(packed: Packed): Row {
  const spans = spansOf(packed)
  if (spans !== undefined) return unpackSpans(spans, sizeOfFrames(packed))
  const count = packed.readUInt32LE()
  const start = WORD_BYTES * (count + 1)
  const ends = new Array<number>(count)
  let end = start
  for (let i = 0; i < count; i++) {
    end += packed.readUInt32LE(WORD_BYTES * (i + 1))
    ends[i] = end
  }
  return { bytes: packed, start, ends }
}

/** How many bytes the frames have. */
export function sizeOfFrames(packed: Packed): number {
  if (isColumns(packed)) return sizeOfUnpacked(packed.subarray(WORD_BYTES))
  return packed.length - WORD_BYTES * (packed.readUInt32LE() + 1)
}

/** The stored form of a body: packed, and deflated where that is worth it. */
export function encodeBody(packed: Packed): Buffer<ArrayBuffer> {
  if (isColumns(packed) && packed.length <= MOST_PLAIN_BYTES) return packed
  const windowBits = Math.min(Math.max(Math.ceil(Math.log2(packed.length)), 9), 15)
  // Tables no larger than the body needs: to clear them was half of the time for one of 1.3 KB (22 µs against 12 µs).
  const memLevel = Math.min(windowBits - 6, 8)
  return deflateRawSync(packed, { level: LEVEL, windowBits, memLevel })
}

/**
 * The packed frames of a stored body; undefined where the lengths do not add up. Throws what zlib throws. In memory
 * of exactly their size: zlib leaves what it made in a piece of 16 KB, whatever there is in it.
 */
export function decodeBody(body: Buffer<ArrayBuffer>): Packed | undefined {
  // SQLite gives each body memory of its own.
  if (isColumns(body)) return isPacked(body) ? body : undefined
  const inflated = inflateRawSync(body, { maxOutputLength: MAX_INFLATED_BYTES })
  if (!isPacked(inflated)) return undefined
  const packed = Buffer.allocUnsafeSlow(inflated.length)
  packed.set(inflated)
  return packed
}

/** Whether the lengths add up. */
function isPacked(bytes: Buffer): boolean {
  if (isColumns(bytes)) return readSpans(bytes.subarray(WORD_BYTES)) !== undefined
  const count = bytes.length < WORD_BYTES ? -1 : bytes.readUInt32LE()
  let end = WORD_BYTES * (count + 1)
  if (count < 0 || end > bytes.length) return false
  for (let i = 1; i <= count; i++) end += bytes.readUInt32LE(WORD_BYTES * i)
  return end === bytes.length
}

/** What an entry is besides its frames. */
export type EntryMeta = Omit<Entry, 'frames'>

/** What a row holds besides what is searched: the body as it is stored, and the parts as JSON, as they were written. */
export interface Stored {
  readonly parts: string | null
  readonly body: Buffer<ArrayBuffer>
}

/**
 * 128 bits of SHA-256 over the stored body and all that is said of it, so that a damaged instant or
 * route is found as surely as a damaged answer.
 */
export function toChecksum(
  key: Key,
  said: Omit<EntryMeta, 'key' | 'parts'>,
  { parts, body }: Stored,
): Buffer {
  const { partition, route, kind, model, digest, contentType } = said
  const { storedAt, expiresAt, costMs, tokens } = said
  const texts = [key, partition, route, kind, model, digest, contentType]
  const list = JSON.stringify([...texts, storedAt, expiresAt, costMs, tokens])
  // The parts are the last of that list.
  const summed = Buffer.from(`${list.slice(0, -1)},${parts ?? 'null'}]`)
  return hash('sha256', Buffer.concat([summed, body]), 'buffer').subarray(0, SUM_BYTES)
}
