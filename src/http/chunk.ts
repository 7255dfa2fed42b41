/** Some bytes, and the same bytes as one transfer chunk around them: one buffer, seen twice. */
export interface Chunked {
  readonly bytes: Buffer
  readonly chunk: Buffer
}

/** What ends a chunked body (RFC 9112 §7.1). */
export const LAST_CHUNK: Buffer = Buffer.from('0\r\n\r\n')

/** Puts bytes into a transfer chunk. Empty bytes would be the last chunk: they have none. */
export function toChunk(bytes: Buffer): Chunked {
  const size = `${bytes.length.toString(16)}\r\n`
  const chunk = Buffer.allocUnsafeSlow(size.length + bytes.length + 2)
  chunk.write(size, 0, 'latin1')
  bytes.copy(chunk, size.length)
  chunk.write('\r\n', size.length + bytes.length, 'latin1')
  return { bytes: chunk.subarray(size.length, size.length + bytes.length), chunk }
}
