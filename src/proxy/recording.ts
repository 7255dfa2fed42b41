import type { Span } from '../ollama/columns.ts'
import type { AnswerTotals, FrameVerdict, Judge } from '../ollama/completeness.ts'
import type { FrameRules } from '../ollama/frame-rules.ts'
import { type FrameSplitter, join } from '../ollama/frames.ts'
import { type Packed, packColumns, packRows } from '../store/codec.ts'
import type { ResponseHead } from '../upstream/run.ts'
import type { Cursor, FrameSource, Frames, SourceEnd, SourceHead } from './frame-source.ts'
import { HeldFrames, type Reader } from './held-frames.ts'
import { createPiece, type GrowingPiece } from './piece.ts'

/** Bytes a reader may lag behind before the origin is asked to wait, once frames are no longer kept. */
const LAG_LIMIT_BYTES = 1024 * 1024

/** Whether frames are kept for an entry and for late readers, or dropped as soon as every reader has them. */
export type Capture = 'keep' | 'pass'

/** What a recording needs to know of the world. */
export interface RecordingOptions {
  readonly capture: Capture
  /** How the body of a good answer is cut into frames; undefined where it is passed in whatever pieces it comes. */
  readonly rules: FrameRules | undefined
  /** Past this many bytes frames are no longer kept, and nothing is stored. */
  readonly maxBytes: number
  /** Asks the origin to wait, because the slowest reader is too far behind, or to go on. */
  readonly onPace: (pace: 'wait' | 'go') => void
}

/** Frames being received now: one writer, and readers that come at any time and go at their own speed. */
export interface Recording extends FrameSource {
  /** The head of the answer. That of a second run, after a first without frames, takes its place. */
  begin(head: ResponseHead): void
  /**
   * Bytes of the body, cut anywhere. A body that is not made of frames is passed on in these pieces. After the
   * end nothing is taken.
   */
  receive(pieces: readonly Buffer[]): void
  /** Nothing more will come. `judge` is called before readers are told. */
  finish(end: SourceEnd, judge?: () => void): void
  /** Every frame, where all were kept and the body is made of frames; else undefined. */
  kept(): readonly Buffer[] | undefined
  /** The same in one piece. */
  pack(): Packed | undefined
  /** Whether they are a whole answer, where all were kept and the body is made of frames. */
  verdict(): FrameVerdict | undefined
  /** What the last frames say of the run, by the rules of their route. */
  totals(rules: FrameRules): AnswerTotals
  /** Bytes of frames that are held now. */
  readonly heldBytes: number
  /** Frames that have come so far. */
  readonly received: number
  /** True where more came than may be kept. */
  readonly isOverflowing: boolean
  /** Whether the end of the transport proves that all came: not where the body ends with the connection. */
  readonly isProvable: boolean
}

/** Starts an empty recording. */
export function createRecording(options: RecordingOptions): Recording {
  return new FrameRecording(options)
}

class FrameRecording implements Recording {
  head: SourceHead | undefined
  end: SourceEnd | undefined
  received = 0
  isOverflowing = false
  isProvable = true
  readonly #options: RecordingOptions
  /** Undefined where the body is not made of frames. */
  #splitter: FrameSplitter | undefined
  #judge: Judge | undefined
  readonly #held = new HeldFrames()
  /** The piece of the frame before. */
  #piece: GrowingPiece | undefined
  /** The read that is being cut, and what it came in. */
  #read: { readonly bytes: Buffer; readonly came: readonly Buffer[] } | undefined
  #totals: AnswerTotals | undefined
  #isPaused = false

  constructor(options: RecordingOptions) {
    this.#options = options
  }

  open(onChange: () => void): Cursor {
    const reader = this.#held.open(onChange)
    return { next: (most) => this.#take(reader, most), close: () => this.#leave(reader) }
  }

  get heldBytes(): number {
    return this.#held.bytes
  }

  totals(rules: FrameRules): AnswerTotals {
    this.#totals ??= this.#judge?.totals() ?? rules.readTotals(this.#held.tail)
    return this.#totals
  }

  kept(): readonly Buffer[] | undefined {
    return this.#isWhole() ? this.#held.pieces.flatMap((piece) => piece.list()) : undefined
  }

  pack(): Packed | undefined {
    if (!this.#isWhole()) return undefined
    const columns = this.#judge?.columns
    const packed = columns && packColumns(columns)
    return packed ?? packRows(this.#held.pieces.map(({ row }) => row))
  }

  spans(): readonly Span[] | undefined {
    return this.#isWhole() ? this.#judge?.columns?.spans : undefined
  }

  verdict(): FrameVerdict | undefined {
    return this.#isWhole() ? this.#judge?.verdict() : undefined
  }

  begin(head: ResponseHead): void {
    const { rules } = this.#options
    const isFrames = head.status === 200 && rules !== undefined && isOf(rules, head)
    this.isProvable = head.framing !== 'close'
    // Of a run that broke off inside its first line nothing was read: that piece must not stand before the next run.
    this.#splitter = isFrames ? rules.createSplitter() : undefined
    this.#judge = isFrames && this.#isKeeping() ? rules.createJudge() : undefined
    this.head = {
      status: head.status,
      headers: head.headers,
      body: isFrames ? 'frames' : 'opaque',
    }
    this.#tell()
  }

  receive(pieces: readonly Buffer[]): void {
    if (this.end !== undefined) return
    if (this.#splitter === undefined) this.#passOn(pieces)
    else this.#cut(this.#splitter, pieces)
    this.#tell()
    this.#steer()
  }

  finish(end: SourceEnd, judge?: () => void): void {
    const rest = this.#splitter?.rest()
    if (rest !== undefined && rest.length > 0) this.#takeFrame(rest, 0, rest.length)
    this.end = end
    judge?.()
    this.#tell()
  }

  #cut(splitter: FrameSplitter, came: readonly Buffer[]): void {
    const bytes = join(came)
    this.#read = { bytes, came }
    splitter.cut(bytes, this.#takeFrame)
    this.#read = undefined
  }

  #isKeeping(): boolean {
    return this.#options.capture === 'keep' && !this.isOverflowing
  }

  #isWhole(): boolean {
    return this.#isKeeping() && this.head?.body === 'frames'
  }

  readonly #takeFrame = (bytes: Buffer, from: number, to: number): void => {
    this.#judge?.take(bytes, from, to)
    this.#findPiece(bytes, from).add(to)
    this.#count(to - from)
  }

  /** The piece that the frame before is in, where this one stands behind it. */
  #findPiece(bytes: Buffer, from: number): GrowingPiece {
    const row = this.#piece?.row
    if (this.#piece !== undefined && row?.bytes === bytes && row.ends.at(-1) === from)
      return this.#piece
    const read = this.#read
    this.#piece = createPiece(bytes, from, read?.bytes === bytes ? read.came : [])
    this.#held.hold(this.#piece)
    return this.#piece
  }

  /** What is not made of frames is passed on in the pieces in which it came: each of them is one. */
  #passOn(came: readonly Buffer[]): void {
    const piece = createPiece(join(came), 0, came)
    let end = 0
    for (const { length } of came) {
      end += length
      // Nothing is no piece: its chunk would be the last one.
      if (length === 0) continue
      piece.add(end)
      this.#count(length)
    }
    if (piece.count > 0) this.#held.hold(piece)
  }

  /** One more frame is held. */
  #count(size: number): void {
    this.received += 1
    this.#held.bytes += size
    if (this.#held.bytes <= this.#options.maxBytes) return
    this.isOverflowing = true
    this.#judge = undefined
  }

  #tell(): void {
    for (const reader of this.#held.readers) reader.onChange()
  }

  #take(reader: Reader, most: number | undefined): Frames | undefined {
    const frames = this.#held.take(reader, most)
    if (frames !== undefined) this.#letGo()
    return frames
  }

  #letGo(): void {
    if (this.#isKeeping()) return
    this.#held.letGo()
    this.#steer()
  }

  /** While frames are kept the origin is read at full speed; otherwise the slowest reader sets the pace. */
  #steer(): void {
    const mustWait = !this.#isKeeping() && this.heldBytes > LAG_LIMIT_BYTES
    if (mustWait === this.#isPaused) return
    this.#isPaused = mustWait
    this.#options.onPace(mustWait ? 'wait' : 'go')
  }

  #leave(reader: Reader): void {
    if (this.#held.readers.delete(reader)) this.#letGo()
  }
}

function isOf({ contentType }: FrameRules, head: ResponseHead): boolean {
  return head.headers.some(
    ([name, value]) => name.toLowerCase() === 'content-type' && value.startsWith(contentType),
  )
}
