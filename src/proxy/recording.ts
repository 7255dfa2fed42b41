import { RepriseError } from '../errors.ts'
import type { FrameVerdict, Judge } from '../ollama/completeness.ts'
import { type FrameRules, TAIL_FRAMES } from '../ollama/frame-rules.ts'
import { type FrameSplitter, join } from '../ollama/frames.ts'
import { type Packed, packRows } from '../store/codec.ts'
import type { ResponseHead } from '../upstream/run.ts'
import type { Cursor, Frame, FrameSource, SourceEnd, SourceHead } from './frame-source.ts'
import { createPiece, type Piece, toFrame } from './piece.ts'

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
  /** Bytes of frames that are held now. */
  readonly heldBytes: number
  /** Frames that have come so far. */
  readonly received: number
  /** The frames that came last, in their order. */
  readonly tail: readonly Buffer[]
  /** True where more came than may be kept. */
  readonly isOverflowing: boolean
  /** Whether the end of the transport proves that all came: not where the body ends with the connection. */
  readonly isProvable: boolean
}

interface Reader {
  position: number
  readonly onChange: () => void
}

/** Starts an empty recording. */
export function createRecording(options: RecordingOptions): Recording {
  return new FrameRecording(options)
}

class FrameRecording implements Recording {
  head: SourceHead | undefined
  end: SourceEnd | undefined
  heldBytes = 0
  isOverflowing = false
  isProvable = true
  readonly #options: RecordingOptions
  /** Undefined where the body is not made of frames. */
  #splitter: FrameSplitter | undefined
  #judge: Judge | undefined
  readonly #readers = new Set<Reader>()
  #frames: Frame[] = []
  /** What the frames are in, while they are kept. */
  readonly #pieces: Piece[] = []
  #piece: Piece | undefined
  /** The read that is being cut, and what it came in. */
  #read: { readonly bytes: Buffer; readonly came: readonly Buffer[] } | undefined
  /** The last frames that are no longer held. */
  #gone: Buffer[] = []
  /** Position of the first frame still held. */
  #base = 0
  #isPaused = false

  constructor(options: RecordingOptions) {
    this.#options = options
  }

  open(onChange: () => void): Cursor {
    // Frames that are gone cannot be read again: a second reader of a passed stream is a fault of ours.
    if (this.#base > 0) throw new RepriseError('internal', 'the first frames are no longer held')
    const reader: Reader = { position: 0, onChange }
    this.#readers.add(reader)
    return { next: () => this.#take(reader), close: () => this.#leave(reader) }
  }

  get received(): number {
    return this.#base + this.#frames.length
  }

  get tail(): Buffer[] {
    const held = this.#frames.slice(-TAIL_FRAMES).map(({ bytes }) => bytes)
    return [...this.#gone, ...held].slice(-TAIL_FRAMES)
  }

  kept(): readonly Buffer[] | undefined {
    return this.#isWhole() ? this.#frames.map(({ bytes }) => bytes) : undefined
  }

  pack(): Packed | undefined {
    return this.#isWhole() ? packRows(this.#pieces) : undefined
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
    if (this.#splitter === undefined) for (const piece of pieces) this.#add(toFrame(piece))
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
    this.#add(this.#findPiece(bytes, from).add(to))
  }

  /** The piece that the frame before is in, where this one stands behind it. */
  #findPiece(bytes: Buffer, from: number): Piece {
    const last = this.#piece
    if (last?.bytes === bytes && last.ends.at(-1) === from) return last
    const read = this.#read
    const piece = createPiece(bytes, from, read?.bytes === bytes ? read.came : [])
    this.#piece = piece
    if (this.#isKeeping()) this.#pieces.push(piece)
    return piece
  }

  #add(frame: Frame): void {
    this.#frames.push(frame)
    this.heldBytes += frame.size
    if (this.heldBytes > this.#options.maxBytes) this.#overflow()
  }

  #overflow(): void {
    this.isOverflowing = true
    this.#judge = undefined
    this.#pieces.length = 0
  }

  #tell(): void {
    for (const reader of this.#readers) reader.onChange()
  }

  #take(reader: Reader): Frame | undefined {
    const frame = this.#frames[reader.position - this.#base]
    if (frame === undefined) return undefined
    reader.position += 1
    if (!this.#isKeeping()) this.#drop()
    return frame
  }

  /**
   * Lets go of what every reader has, and lets the origin go on. Nobody reading means nobody has it yet.
   * By halves: each frame taken off a long list moves all others (15 s for 16 MiB and eight readers).
   */
  #drop(): void {
    if (this.#readers.size === 0) return
    let slowest = this.received
    for (const reader of this.#readers) slowest = Math.min(slowest, reader.position)
    if ((slowest - this.#base) * 2 < this.#frames.length) return
    const gone = this.#frames.splice(0, slowest - this.#base)
    for (const { size } of gone) this.heldBytes -= size
    const last = gone.slice(-TAIL_FRAMES).map(({ bytes }) => bytes)
    this.#gone = [...this.#gone, ...last].slice(-TAIL_FRAMES)
    this.#base = slowest
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
    if (this.#readers.delete(reader) && !this.#isKeeping()) this.#drop()
  }
}

function isOf({ contentType }: FrameRules, head: ResponseHead): boolean {
  return head.headers.some(
    ([name, value]) => name.toLowerCase() === 'content-type' && value.startsWith(contentType),
  )
}
