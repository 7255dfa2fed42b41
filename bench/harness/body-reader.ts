/** Takes the bytes of one answer's body out of what comes over the wire. */
export interface BodyReader {
  /** How many bytes belong to it. */
  push(wire: Buffer): void
  readonly isOver: boolean
}

/** What is told of each piece of the body. */
export type OnPiece = (wire: Buffer, start: number, end: number) => void

/** Reads a body by its length, or by its transfer chunks (RFC 9112 §7.1) where none is given. */
export function createBodyReader(lengthBytes: number | undefined, onPiece: OnPiece): BodyReader {
  return lengthBytes === undefined
    ? new ChunkReader(onPiece)
    : new LengthReader(lengthBytes, onPiece)
}

class LengthReader implements BodyReader {
  #left: number
  readonly #onPiece: OnPiece

  constructor(lengthBytes: number, onPiece: OnPiece) {
    this.#left = lengthBytes
    this.#onPiece = onPiece
  }

  get isOver(): boolean {
    return this.#left === 0
  }

  push(wire: Buffer): void {
    const end = Math.min(this.#left, wire.length)
    this.#left -= end
    if (end > 0) this.#onPiece(wire, 0, end)
  }
}

const LINE_FEED = 10

class ChunkReader implements BodyReader {
  isOver = false
  readonly #onPiece: OnPiece
  /** Bytes of the chunk that are still to come, its closing CRLF included. */
  #left = 0
  #isLast = false
  #line = ''

  constructor(onPiece: OnPiece) {
    this.#onPiece = onPiece
  }

  push(wire: Buffer): void {
    let at = 0
    while (at < wire.length && !this.isOver)
      at = this.#left > 0 ? this.#take(wire, at) : this.#readSize(wire, at)
  }

  #take(wire: Buffer, at: number): number {
    const end = Math.min(wire.length, at + this.#left)
    const dataEnd = Math.min(end, at + this.#left - 2)
    if (dataEnd > at) this.#onPiece(wire, at, dataEnd)
    this.#left -= end - at
    this.isOver = this.#isLast && this.#left === 0
    return end
  }

  #readSize(wire: Buffer, at: number): number {
    const found = wire.indexOf(LINE_FEED, at)
    const end = found < 0 ? wire.length : found + 1
    this.#line += wire.toString('latin1', at, end)
    if (found < 0) return end
    const size = Number.parseInt(this.#line, 16)
    // An empty line follows the last one as well; left unread, it would stand before the next answer.
    this.#isLast = size === 0
    this.#left = size + 2
    this.#line = ''
    return end
  }
}
