import { RepriseError } from '../errors.ts'
import { TAIL_FRAMES } from '../ollama/frame-rules.ts'
import type { Frames } from './frame-source.ts'
import type { Piece } from './piece.ts'

/** A place before a frame: at `frame` of the piece that is the `piece`th of all. */
export interface Reader {
  piece: number
  frame: number
  readonly onChange: () => void
}

/** The frames of a stream as they are held, in their order, and how far each reader is. */
export class HeldFrames {
  /** What is held now. */
  bytes = 0
  /** Who reads, in the order in which they came. */
  readonly readers = new Set<Reader>()
  #pieces: Piece[] = []
  /** How many pieces stood before them. */
  #gone = 0
  /** The last frames that are no longer held. */
  #goneTail: readonly Buffer[] = []

  /** Starts at the first frame. Throws `internal` where that is no longer held: a second reader of a passed stream is a fault of ours. */
  open(onChange: () => void): Reader {
    if (this.#gone > 0) throw new RepriseError('internal', 'the first frames are no longer held')
    const reader: Reader = { piece: 0, frame: 0, onChange }
    this.readers.add(reader)
    return reader
  }

  /** Its bytes are counted by whoever fills it. */
  hold(piece: Piece): void {
    this.#pieces.push(piece)
  }

  /** The reader's next frames, at most so many. */
  take(reader: Reader, most = Number.POSITIVE_INFINITY): Frames | undefined {
    const piece = this.#pieces[reader.piece - this.#gone]
    if (piece === undefined) return undefined
    const { frame: first } = reader
    const count = Math.min(most, piece.count - first)
    const isAll = first + count === piece.count
    reader.piece += isAll ? 1 : 0
    reader.frame = isAll ? 0 : first + count
    return piece.part(first, count)
  }

  /**
   * Lets go of what every reader has. Nobody reading means nobody has it yet.
   * By halves: each piece taken off a long list moves all others (15 s for 16 MiB and eight readers).
   */
  letGo(): void {
    if (this.readers.size === 0) return
    let slowest = this.#gone + this.#pieces.length
    for (const reader of this.readers) slowest = Math.min(slowest, reader.piece)
    if ((slowest - this.#gone) * 2 < this.#pieces.length) return
    const gone = this.#pieces.splice(0, slowest - this.#gone)
    for (const { size } of gone) this.bytes -= size
    this.#goneTail = listTail(this.#goneTail, gone)
    this.#gone = slowest
  }

  /** All that is held, where nothing was let go of. */
  get pieces(): readonly Piece[] {
    return this.#pieces
  }

  /** The last frames of all, held or not. */
  get tail(): readonly Buffer[] {
    return listTail(this.#goneTail, this.#pieces)
  }
}

/** The last frames of some, and of pieces behind them. */
function listTail(before: readonly Buffer[], pieces: readonly Piece[]): Buffer[] {
  const last = pieces.slice(-TAIL_FRAMES).flatMap((piece) => piece.list(TAIL_FRAMES))
  return [...before, ...last].slice(-TAIL_FRAMES)
}
