import { writeBytes } from './canonical-values.ts'
import { endOfFraction, type InstantReader, readNanos, SECONDS_LENGTH, ZULU } from './instant.ts'
import { match, ORDINARY, type PlainPieces, type PlainReader, piecesOf } from './plain-frame.ts'

/** Some bytes of a frame. */
export interface Part {
  readonly frame: Buffer
  readonly start: number
  readonly end: number
}

/** Plain frames behind each other that differ in nothing but their instants and in what one of their texts says. */
export interface Run extends RunForm {
  /** They have places instead of members. */
  readonly members: undefined
  /** What stands between the quotes of all members of this name; undefined where there are none. */
  find(name: string): Part | undefined
  /** The last of the frames. */
  last(): Buffer
}

/** What is the same in all frames of a run. */
export interface RunForm {
  /** What their texts are called. */
  readonly name: PlainReader['name']
  /** Whether it is the thinking that is said, and the text is there and empty. */
  readonly isThinking: boolean
  /** What stands between the quotes. */
  readonly model: Buffer
}

const NOTHING: Buffer = Buffer.alloc(0)
const SILENCE: Part = { frame: NOTHING, start: 0, end: 0 }
/** Distances between instants fit into 32 bits of nanoseconds: 4.2 s. */
const END_OF_STEP = 2 ** 32
/** Of an instant. */
export const NANOS_PER_SECOND = 1_000_000_000

/**
 * A run as it comes. What its frames say is put together at once: they are a hundred for one frame that is not plain, and
 * an object for the places of each took longer than to copy five bytes.
 */
export class PlainRun implements Run {
  readonly members = undefined
  readonly name: PlainReader['name']
  readonly isThinking: boolean
  readonly model: Buffer
  /** Of the first frame: seconds since the epoch, and nanoseconds. */
  readonly seconds: number
  readonly nanos: number
  /** Nanoseconds from each instant to the next. */
  readonly steps: number[] = []
  /** Bytes that each frame says. */
  readonly lengths: number[] = []
  /** Bytes of the frames. */
  size = 0
  readonly #said = new Text()
  readonly #pieces: PlainPieces
  #lastSeconds: number
  #lastNanos: number
  /** Where one of them stands up to its second: most that follow begin with the same bytes. */
  #like = NOTHING
  #likeStart = 0
  #likeEnd = 0
  /** Where the last of them stands. */
  #bytes = NOTHING
  #from = 0
  #to = 0

  /** Begins with the frame from `from` to `to`, which both readers have read, and which does not think and speak at once. */
  constructor(bytes: Buffer, from: number, to: number, { plain, instant }: Readers) {
    this.name = plain.name
    this.isThinking = plain.thinkingStart >= 0
    this.model = bytes.subarray(plain.modelStart + 1, plain.modelEnd - 1)
    this.#pieces = piecesOf(this.name, this.isThinking)
    this.seconds = this.#lastSeconds = instant.seconds
    this.nanos = this.#lastNanos = instant.nanos
    this.#learn(bytes, from, plain)
    this.#hold(bytes, from, to)
  }

  /** Takes in one more that both readers have read, where it belongs to them. */
  take(bytes: Buffer, from: number, to: number, { plain, instant }: Readers): boolean {
    const seconds = instant.seconds - this.#lastSeconds
    const step = seconds * NANOS_PER_SECOND + instant.nanos - this.#lastNanos
    if (!(step >= 0 && step < END_OF_STEP) || !this.#isAlike(bytes, plain)) return false
    this.steps.push(step)
    this.#lastSeconds = instant.seconds
    this.#lastNanos = instant.nanos
    this.#learn(bytes, from, plain)
    this.#hold(bytes, from, to)
    return true
  }

  /**
   * Takes in a frame that begins as the one before, up to the second, and says something in plain ASCII: to look at its bytes
   * once is enough for all that the readers would say of it. Of others nothing is known, and they are to be read.
   */
  takeAlike(bytes: Buffer, from: number, to: number): boolean {
    const { said, end } = this.#pieces
    const fraction = this.#skipLike(bytes, from)
    const zulu = fraction < 0 ? -1 : endOfFraction(bytes, fraction)
    if (zulu < 0 || bytes[zulu] !== ZULU) return false
    const start = match(bytes, zulu + 1, to, said)
    let stop = start
    while (ORDINARY[bytes[stop] as number] === 1) stop += 1
    if (match(bytes, stop, to, end) !== to) return false
    const nanos = readNanos(bytes, fraction, zulu)
    if (nanos < this.#lastNanos) return false
    this.steps.push(nanos - this.#lastNanos)
    this.#lastNanos = nanos
    this.#say(bytes, start, stop)
    this.#hold(bytes, from, to)
    return true
  }

  /** The offset behind what most frames begin with; -1 where this one does not. */
  #skipLike(bytes: Buffer, from: number): number {
    const like = this.#like
    const shift = from - this.#likeStart
    for (let at = this.#likeStart; at < this.#likeEnd; at++) {
      if (bytes[at + shift] !== like[at]) return -1
    }
    return this.#likeEnd + shift
  }

  #learn(bytes: Buffer, from: number, plain: PlainReader): void {
    this.#like = bytes
    this.#likeStart = from
    this.#likeEnd = plain.createdStart + 1 + SECONDS_LENGTH
    if (this.isThinking) this.#say(bytes, plain.thinkingStart, plain.thinkingEnd)
    else this.#say(bytes, plain.textStart, plain.textEnd)
  }

  #say(bytes: Buffer, start: number, end: number): void {
    this.lengths.push(end - start)
    this.#said.add(bytes, start, end)
  }

  #hold(bytes: Buffer, from: number, to: number): void {
    this.#bytes = bytes
    this.#from = from
    this.#to = to
    this.size += to - from
  }

  get said(): Part {
    return this.#said.part
  }

  last(): Buffer {
    return this.#bytes.subarray(this.#from, this.#to)
  }

  find(name: string): Part | undefined {
    return findSaid(this, name, this.#said.part)
  }

  #isAlike(bytes: Buffer, plain: PlainReader): boolean {
    const { model } = this
    const start = plain.modelStart + 1
    if (plain.name !== this.name || plain.thinkingStart >= 0 !== this.isThinking) return false
    if (plain.modelEnd - 1 - start !== model.length) return false
    for (let i = 0; i < model.length; i++) if (bytes[start + i] !== model[i]) return false
    return true
  }
}

/** What has read a frame. */
export interface Readers {
  readonly plain: PlainReader
  readonly instant: InstantReader
}

/** What the texts of this name say in a run that says `said`. */
export function findSaid({ name, isThinking }: RunForm, wanted: string, said: Part) {
  if (wanted === name) return isThinking ? SILENCE : said
  return wanted === 'thinking' && isThinking ? said : undefined
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
