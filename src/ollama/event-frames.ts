import { collectFrames, type FrameSplitter, join, type TakeFrame, takeJoined } from './frames.ts'

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/**
 * Cuts a stream of bytes into server-sent events: one frame is an event with the blank line that ends
 * it (WHATWG HTML §9.2.6), byte for byte as received. Lines end in LF, as Ollama writes them, or in
 * CRLF. Every byte is looked at once, however the stream is cut.
 */
export function createEventSplitter(): FrameSplitter {
  const pieces: Buffer[] = []
  let isBlank = true

  function cut(chunk: Buffer, take: TakeFrame): void {
    let from = 0
    let line = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, line)) {
      const endsEvent = isBlank && isEmptyLine(chunk, line, end)
      line = end + 1
      isBlank = true
      if (!endsEvent) continue
      if (pieces.length === 0) take(chunk, from, line)
      else takeJoined(pieces, chunk.subarray(from, line), take)
      from = line
    }
    if (from < chunk.length) pieces.push(chunk.subarray(from))
    isBlank = isBlank && isEmptyLine(chunk, line, chunk.length)
  }

  return { cut, push: (chunk) => collectFrames(cut, chunk), rest: () => join(pieces) }
}

/** Whether nothing stands in a line, or the first half of its end. */
function isEmptyLine(bytes: Buffer, start: number, end: number): boolean {
  return start === end || (start + 1 === end && bytes[start] === CARRIAGE_RETURN)
}
