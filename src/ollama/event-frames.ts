import type { FrameSplitter } from './frames.ts'

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const NOTHING = Buffer.alloc(0)

/**
 * Cuts a stream of bytes into server-sent events: one frame is an event with the blank line that ends
 * it (WHATWG HTML §9.2.6), byte for byte as received. Lines end in LF, as Ollama writes them, or in
 * CRLF. Every byte is looked at once, however the stream is cut.
 */
export function createEventSplitter(): FrameSplitter {
  let pieces: Buffer[] = []
  let isBlank = true
  const take = (): Buffer => {
    const [first] = pieces
    const frame = pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces)
    pieces = []
    return frame
  }
  return {
    push(chunk) {
      const frames: Buffer[] = []
      let from = 0
      let line = 0
      for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, line)) {
        const endsEvent = isBlank && isEmptyLine(chunk, line, end)
        line = end + 1
        isBlank = true
        if (!endsEvent) continue
        pieces.push(chunk.subarray(from, line))
        frames.push(take())
        from = line
      }
      if (from < chunk.length) pieces.push(chunk.subarray(from))
      isBlank = isBlank && isEmptyLine(chunk, line, chunk.length)
      return frames
    },
    rest: () => (pieces.length === 0 ? NOTHING : Buffer.concat(pieces)),
  }
}

/** Whether nothing stands in a line, or the first half of its end. */
function isEmptyLine(bytes: Buffer, start: number, end: number): boolean {
  return start === end || (start + 1 === end && bytes[start] === CARRIAGE_RETURN)
}
