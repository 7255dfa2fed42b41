import { createHash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Entry } from './store.ts'

/** Frames behind each other, and the length of each: what crosses to the writer and goes into a row. */
export interface Packed {
  readonly bytes: Buffer<ArrayBuffer>
  readonly lengths: readonly number[]
}

/** Level 1: NDJSON repeats itself so much that higher levels gain 0.2 % for the same time. */
const LEVEL = 1
/** An answer is never larger than what may be recorded; a damaged row could claim to be. */
const MAX_INFLATED_BYTES = 512 * 1024 * 1024
/** Bytes of a frame count or length in a stored body. */
const WORD_BYTES = 4
/** 128 bits are kept of the checksum. */
const SUM_BYTES = 16

/** Copies frames into one buffer of exactly their size: it crosses to a thread without what they were cut from. */
export function packFrames(frames: readonly Buffer[]): Packed {
  const lengths = frames.map((frame) => frame.length)
  const bytes = Buffer.allocUnsafeSlow(lengths.reduce((sum, length) => sum + length, 0))
  let at = 0
  for (const frame of frames) at += frame.copy(bytes, at)
  return { bytes, lengths }
}

/** The frames again, as views of the one buffer. */
export function unpackFrames({ bytes, lengths }: Packed): Buffer[] {
  let at = 0
  return lengths.map((length) => {
    at += length
    return bytes.subarray(at - length, at)
  })
}

/** The stored form of a body: count and lengths of the frames, then their bytes, all deflated. */
export function encodeBody({ bytes, lengths }: Packed): Buffer {
  const head = Buffer.allocUnsafe(WORD_BYTES * (lengths.length + 1))
  head.writeUInt32LE(lengths.length)
  for (const [i, length] of lengths.entries()) head.writeUInt32LE(length, WORD_BYTES * (i + 1))
  return deflateRawSync(Buffer.concat([head, bytes]), { level: LEVEL })
}

/** The frames of a stored body; undefined where the lengths do not add up. Throws what zlib throws. */
export function decodeBody(body: Buffer): Buffer[] | undefined {
  const whole = inflateRawSync(body, { maxOutputLength: MAX_INFLATED_BYTES })
  const count = whole.length < WORD_BYTES ? -1 : whole.readUInt32LE()
  const from = WORD_BYTES * (count + 1)
  if (count < 0 || from > whole.length) return undefined
  const lengths: number[] = []
  for (let i = 1; i <= count; i++) lengths.push(whole.readUInt32LE(WORD_BYTES * i))
  const bytes = whole.subarray(from)
  const total = lengths.reduce((sum, length) => sum + length, 0)
  return total === bytes.length ? unpackFrames({ bytes, lengths }) : undefined
}

/** What an entry is besides its frames. */
export type EntryMeta = Omit<Entry, 'frames'>

/**
 * 128 bits of SHA-256 over the stored body and all that is said of it, so that a damaged instant or
 * route is found as surely as a damaged answer.
 */
export function toChecksum(meta: EntryMeta, body: Buffer): Buffer {
  const { key, partition, route, kind, model, digest, contentType } = meta
  const { storedAt, expiresAt, costMs, tokens, parts = null } = meta
  const texts = [key, partition, route, kind, model, digest, contentType]
  const said = JSON.stringify([...texts, storedAt, expiresAt, costMs, tokens, parts])
  return createHash('sha256').update(said).update(body).digest().subarray(0, SUM_BYTES)
}
