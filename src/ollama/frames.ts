const LINE_FEED = 0x0a
const NOTHING = Buffer.alloc(0)

/** Cuts a stream of bytes into NDJSON frames. */
export interface FrameSplitter {
  /** The frames that are complete now, line ends included, byte for byte as received. */
  push(chunk: Buffer): Buffer[]
  /** The bytes behind the last line end. */
  rest(): Buffer
}

/**
 * One frame is one line (corpus: each NDJSON line of Ollama ends in `\n`). Bytes are searched once and
 * copied only where a line comes in several chunks, so that a long line takes linear time.
 */
export function createNdjsonSplitter(): FrameSplitter {
  let pieces: Buffer[] = []
  return {
    push(chunk) {
      const frames: Buffer[] = []
      let from = 0
      let lineEnd = chunk.indexOf(LINE_FEED)
      while (lineEnd >= 0) {
        pieces.push(chunk.subarray(from, lineEnd + 1))
        frames.push(join(pieces))
        pieces = []
        from = lineEnd + 1
        lineEnd = chunk.indexOf(LINE_FEED, from)
      }
      if (from < chunk.length) pieces.push(chunk.subarray(from))
      return frames
    },
    rest: () => join(pieces),
  }
}

function join(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces
  if (first === undefined) return NOTHING
  return pieces.length === 1 ? first : Buffer.concat(pieces)
}
