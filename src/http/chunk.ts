/** Some bytes, and the same bytes as one transfer chunk around them: one buffer, seen twice. */
export interface Chunked {
  readonly bytes: Buffer
  readonly chunk: Buffer
}

/** What ends a chunked body (RFC 9112 §7.1). */
export const LAST_CHUNK: Buffer = Buffer.from('0\r\n\r\n')

/** Puts bytes into a transfer chunk. Empty bytes would be the last chunk: they have none. */
export function toChunk(bytes: Buffer): Chunked {
  const chunk = Buffer.allocUnsafeSlow(sizeOf(bytes))
  return writeChunk(chunk, 0, bytes)
}

/**
 * Puts each of them into a chunk of its own, all in one piece of memory: what comes in one read is kept or let
 * go of together, and a hundred small pieces cost more than the frames in them.
 */
export function toChunks(pieces: readonly Buffer[]): Chunked[] {
  let size = 0
  for (const bytes of pieces) size += sizeOf(bytes)
  const all = Buffer.allocUnsafeSlow(size)
  let at = 0
  return pieces.map((bytes) => {
    const chunked = writeChunk(all, at, bytes)
    at += chunked.chunk.length
    return chunked
  })
}

const LINE_END = '\r\n'

function sizeOf({ length }: Buffer): number {
  return length.toString(16).length + length + 2 * LINE_END.length
}

function writeChunk(target: Buffer, at: number, bytes: Buffer): Chunked {
  const from = at + target.write(bytes.length.toString(16) + LINE_END, at, 'latin1')
  const to = from + bytes.copy(target, from)
  const end = to + target.write(LINE_END, to, 'latin1')
  return { bytes: target.subarray(from, to), chunk: target.subarray(at, end) }
}
