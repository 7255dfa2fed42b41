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
  /** They have places instead of members. */
  readonly members = undefined
  readonly #name: PlainReader['name']
  readonly #text = new Text()
  #thinking: Text | undefined
  /** Where the last of them stands. */
  #bytes: Buffer = NOTHING
  #from = 0
  #to = 0

  /** `name` is that of their texts. */
  constructor(name: PlainReader['name']) {
    this.#name = name
  }

  /** One more: the bytes from `from` to `to`, which the reader has read. */
  take(bytes: Buffer, from: number, to: number, reader: PlainReader): void {
    this.#bytes = bytes
    this.#from = from
    this.#to = to
    this.#text.add(bytes, reader.textStart, reader.textEnd)
    if (reader.thinkingStart < 0) return
    this.#thinking ??= new Text()
    this.#thinking.add(bytes, reader.thinkingStart, reader.thinkingEnd)
  }

  /** The last of them. */
  last(): Buffer {
    return this.#bytes.subarray(this.#from, this.#to)
  }

  /** What stands between the quotes of all members of this name; undefined where there are none. */
  find(name: string): Part | undefined {
    if (name === this.#name) return this.#text.part
    return name === 'thinking' ? this.#thinking?.part : undefined
  }
}

const NOTHING = Buffer.alloc(0)
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
