import type { BodyFraming } from './message-head.ts'

/** Follows the bytes of a body to its end, and leaves them as they are. */
export interface BodyEnd {
  /** How many of these bytes, which follow those before, belong to the body. */
  take(bytes: Buffer): number
  /** Whether the body is over; never where it ends with the connection. */
  readonly isOver: boolean
}

/** Finds the end of a body that is told in this way, trailers of a chunked one included (RFC 9112 §6.3, §7.1). */
export function createBodyEnd(framing: BodyFraming): BodyEnd {
  switch (framing.kind) {
    case 'none':
      return new LengthEnd(0)
    case 'length':
      return new LengthEnd(framing.bytes)
    case 'chunked':
      return new ChunkedEnd()
    case 'close':
      return { take: (bytes) => bytes.length, isOver: false }
  }
}

class LengthEnd implements BodyEnd {
  #left: number

  constructor(length: number) {
    this.#left = length
  }

  get isOver(): boolean {
    return this.#left === 0
  }

  take(bytes: Buffer): number {
    const taken = Math.min(this.#left, bytes.length)
    this.#left -= taken
    return taken
  }
}

const LINE_END = 10

class ChunkedEnd implements BodyEnd {
  isOver = false
  /** Bytes of the chunk and of its line end that are still to come. */
  #left = 0
  /** What has come of the line with the next size, or of a trailer. */
  #line = ''
  #isInTrailers = false

  take(bytes: Buffer): number {
    let at = 0
    while (at < bytes.length && !this.isOver) at = this.#advance(bytes, at)
    return at
  }

  #advance(bytes: Buffer, at: number): number {
    if (this.#left > 0) {
      const step = Math.min(this.#left, bytes.length - at)
      this.#left -= step
      return at + step
    }
    const end = bytes.indexOf(LINE_END, at)
    this.#line += bytes.toString('latin1', at, end < 0 ? bytes.length : end)
    if (end < 0) return bytes.length
    this.#hear(this.#line.trim())
    this.#line = ''
    return end + 1
  }

  #hear(line: string): void {
    if (this.#isInTrailers) {
      this.isOver = line === ''
      return
    }
    const size = Number.parseInt(line, 16)
    if (size === 0) this.#isInTrailers = true
    else this.#left = size + 2
  }
}
