import type { Row } from '../http/chunk.ts'
import { listLast, takeRows } from './frames.ts'
import { createInstantReader } from './instant.ts'
import { createPlainReader } from './plain-frame.ts'
import { PlainRun, type Readers, type Run } from './plain-run.ts'

/** Frames behind each other that are alike, or one that is like no other. */
export type Span = Run | Buffer

/** All frames of an answer, in the ways in which they are at hand. */
export interface AnswerFrames {
  readonly rows: readonly Row[]
  /** The same, where they were read before. */
  readonly spans?: readonly Span[] | undefined
}

/**
 * The frames of an answer as they come, read once: plain ones in runs, of which each column (instants, what is said) stands
 * by itself, and all others as they are. What is judged, folded and stored is made of this.
 */
export interface Columns {
  /** The bytes from `from` to `to` are the next frame; whether it is a plain one, which says that more comes. */
  take(bytes: Buffer, from: number, to: number): boolean
  readonly spans: readonly (PlainRun | Buffer)[]
  /** Bytes of all frames. */
  readonly size: number
  /** How many frames there are. */
  readonly count: number
}

/** No frames so far. */
export function createColumns(): Columns {
  return new GrowingColumns()
}

/** Shared by all: nothing of a frame stays in them. */
const readers: Readers = { plain: createPlainReader(), instant: createInstantReader() }

class GrowingColumns implements Columns {
  readonly spans: (PlainRun | Buffer)[] = []
  size = 0
  count = 0
  #run: PlainRun | undefined

  take(bytes: Buffer, from: number, to: number): boolean {
    const { plain } = readers
    this.size += to - from
    this.count += 1
    if (this.#run?.takeAlike(bytes, from, to)) return true
    const isPlain = plain.read(bytes, from, to)
    if (!isPlain || !hasOneText() || !hasInstant(bytes)) {
      this.#run = undefined
      this.spans.push(bytes.subarray(from, to))
    } else if (this.#run?.take(bytes, from, to, readers) !== true) {
      this.#run = new PlainRun(bytes, from, to, readers)
      this.spans.push(this.#run)
    }
    return isPlain
  }
}

/** Thinks or speaks, and does not do both. */
function hasOneText(): boolean {
  const { thinkingStart, textStart, textEnd } = readers.plain
  return thinkingStart < 0 || textStart === textEnd
}

function hasInstant(bytes: Buffer): boolean {
  const { createdStart, createdEnd } = readers.plain
  return readers.instant.read(bytes, createdStart + 1, createdEnd - 1)
}

/** The frames of an answer in spans, which are read now where they were not before. */
export function spansOf(frames: AnswerFrames): readonly Span[] {
  return frames.spans ?? toColumns(frames.rows).spans
}

/** The last frames of an answer, at most `count`; only the last of those that were read. */
export function listTail(frames: AnswerFrames, count: number): readonly Buffer[] {
  const end = frames.spans?.at(-1)
  if (end === undefined) return listLast(frames.rows, count)
  return [Buffer.isBuffer(end) ? end : end.last()]
}

/** The columns of frames that are there. */
export function toColumns(rows: readonly Row[]): Columns {
  const columns = createColumns()
  takeRows(rows, (bytes, from, to) => columns.take(bytes, from, to))
  return columns
}
