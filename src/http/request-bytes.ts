import type { IncomingHttpHeaders } from 'node:http'

const HEAD_END = '\r\n\r\n'

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
  let hash = bytes.length
  const words = bytes.length - (bytes.length % 4)
  for (let at = 0; at < words; at += 4) {
    hash = Math.imul(hash ^ bytes.readInt32LE(at), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  for (let at = words; at < bytes.length; at++) {
    hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x9e3779b1)
  }
  return hash
}
