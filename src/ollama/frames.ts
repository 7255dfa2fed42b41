import type { Row } from '../http/chunk.ts'

const LINE_FEED = 0x0a
const NOTHING = Buffer.alloc(0)

/** Is handed a frame: the bytes from `from` to `to`. Those of one chunk are handed over without a gap between them. */
export type TakeFrame = (bytes: Buffer, from: number, to: number) => void

/** Cuts a stream of bytes into frames. */
export interface FrameSplitter {
  /** Hands over the frames that are complete now, line ends included, byte for byte as received. */
  cut(chunk: Buffer, take: TakeFrame): void
  /** The same frames, as buffers. */
  push(chunk: Buffer): Buffer[]
  /** The bytes behind the last line end. */
  rest(): Buffer
}

/**
 * One frame is one line (corpus: each NDJSON line of Ollama ends in `\n`). Bytes are searched once and
 * copied only where a line comes in several chunks, so that a long line takes linear time.
 */
export function createNdjsonSplitter(): FrameSplitter {
  const pieces: Buffer[] = []

  function cut(chunk: Buffer, take: TakeFrame): void {
    let from = 0
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      if (pieces.length === 0) take(chunk, from, at + 1)
      else takeJoined(pieces, chunk.subarray(from, at + 1), take)
      from = at + 1
    }
    if (from < chunk.length) pieces.push(chunk.subarray(from))
  }

  return { cut, push: (chunk) => collectFrames(cut, chunk), rest: () => join(pieces) }
}

/** The frames that a cut hands over, as buffers. */
export function collectFrames(cut: FrameSplitter['cut'], chunk: Buffer): Buffer[] {
  const frames: Buffer[] = []
  cut(chunk, (bytes, from, to) => frames.push(bytes.subarray(from, to)))
  return frames
}

/** A frame that stands by itself. */
export function toRow(bytes: Buffer): Row {
  return { bytes, start: 0, ends: [bytes.length] }
}

/** Hands over the frames of rows. */
export function takeRows(rows: readonly Row[], take: TakeFrame): void {
  for (const { bytes, start, ends } of rows) {
    let from = start
    for (const end of ends) {
      take(bytes, from, end)
      from = end
    }
  }
}

/** The frames of rows, as buffers. */
export function listFrames(rows: readonly Row[]): Buffer[] {
  const frames: Buffer[] = []
  takeRows(rows, (bytes, from, to) => frames.push(bytes.subarray(from, to)))
  return frames
}

/** The last frames of rows, as buffers: at most `count`. */
export function listLast(rows: readonly Row[], count: number): Buffer[] {
  const last: Buffer[] = []
  for (const { bytes, start, ends } of rows.toReversed()) {
    for (let i = ends.length - 1; i >= 0 && last.length < count; i--) {
      last.push(bytes.subarray(i === 0 ? start : ends[i - 1], ends[i]))
    }
  }
  return last.reverse()
}

/** Hands over a frame whose end came now; the pieces of it that came before are joined to it, and gone. */
export function takeJoined(before: Buffer[], end: Buffer, take: TakeFrame): void {
  before.push(end)
  const frame = Buffer.concat(before)
  before.length = 0
  take(frame, 0, frame.length)
}

/** The pieces behind each other. */
export function join(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces
  if (first === undefined) return NOTHING
  return pieces.length === 1 ? first : Buffer.concat(pieces)
}
