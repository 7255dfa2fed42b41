import type { IncomingHttpHeaders } from 'node:http'
import { HEAD_END } from './message-head.ts'

/**
 * How many bytes of a request are still to come after these, its first; negative where these hold more than the
 * request. Undefined where its head is not all in them, or does not say how long its body is (RFC 9112 §6.3).
 */
export function countMissing(first: Buffer, headers: IncomingHttpHeaders): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined
  const headEnd = first.indexOf(HEAD_END)
  if (headEnd < 0) return undefined
  const bodyBytes = Number(headers['content-length'] ?? 0)
  return headEnd + HEAD_END.length + bodyBytes - first.length
}

/**
 * A number for bytes, to find their equals by: 32 bits, of all of them. Who uses it compares the bytes as well,
 * so that those with one number by accident or on purpose are only not found.
 */
export function toHash(bytes: Buffer): number {
  // An even number, for two rows.
  const count = 2 * (bytes.length >>> 3)
  const hash = bytes.byteOffset % 4 === 0 ? hashWords(bytes, count) : hashBytes(bytes, count)
  let rest = Math.imul(hash ^ bytes.length, FACTOR)
  for (let at = 4 * count; at < bytes.length; at++) {
    rest = Math.imul(rest ^ (bytes[at] ?? 0), FACTOR)
  }
  return rest ^ (rest >>> 15)
}

/** Of the golden ratio, as in the hash functions of Knuth and Fx. */
const FACTOR = 0x9e3779b1

/** Words of four bytes as they stand in memory, in two rows that do not wait for each other. */
function hashWords(bytes: Buffer, count: number): number {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, count)
  let even = 0
  let odd = 0
  for (let i = 0; i < count; i += 2) {
    even = mix(even, words[i] ?? 0)
    odd = mix(odd, words[i + 1] ?? 0)
  }
  return mix(even, odd)
}

/** The same of bytes that do not begin where words do. */
function hashBytes(bytes: Buffer, count: number): number {
  const aligned = new Uint8Array(4 * count)
  aligned.set(bytes.subarray(0, 4 * count))
  return hashWords(Buffer.from(aligned.buffer), count)
}

function mix(hash: number, word: number): number {
  return Math.imul(((hash << 5) | (hash >>> 27)) ^ word, FACTOR)
}
