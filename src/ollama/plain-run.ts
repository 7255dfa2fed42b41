import { writeBytes } from './canonical-values.ts'
import type { PlainReader } from './plain-frame.ts'

/** Some bytes of a frame. */
export interface Part {
  readonly frame: Buffer
  readonly start: number
  readonly end: number
}

/**
 * Plain frames behind each other: what they say, put together as they come. They are a hundred for one that is not, and
 * an object for the places of each took longer than to copy five bytes.
 */
export class PlainRun {
  /** The last of them. */
  last: Buffer
  /** They have places instead of members. */
  readonly members = undefined
  readonly #name: PlainReader['name']
  readonly #text = new Text()
  #thinking: Text | undefined

  /** Starts with the frame that the reader has read. */
  constructor(frame: Buffer, reader: PlainReader) {
    this.last = frame
    this.#name = reader.name
    this.take(frame, reader)
  }

  /** One more, which the reader has read; its text has the same name. */
  take(frame: Buffer, { textStart, textEnd, thinkingStart, thinkingEnd }: PlainReader): void {
    this.last = frame
    this.#text.add(frame, textStart, textEnd)
    if (thinkingStart < 0) return
    this.#thinking ??= new Text()
    this.#thinking.add(frame, thinkingStart, thinkingEnd)
  }

  /** What stands between the quotes of all members of this name; undefined where there are none. */
  find(name: string): Part | undefined {
    if (name === this.#name) return this.#text.part
    return name === 'thinking' ? this.#thinking?.part : undefined
  }
}

const FIRST_BYTES = 1024

/** Bytes behind each other, in memory that is doubled where there is no room. */
class Text {
  bytes = Buffer.allocUnsafe(FIRST_BYTES)
  at = 0

  add(frame: Buffer, start: number, end: number): void {
    const size = this.at + end - start
    if (size > this.bytes.length) {
      const larger = Buffer.allocUnsafe(2 * size)
      this.bytes.copy(larger, 0, 0, this.at)
      this.bytes = larger
    }
    writeBytes(this, frame, start, end)
  }

  get part(): Part {
    return { frame: this.bytes, start: 0, end: this.at }
  }
}
