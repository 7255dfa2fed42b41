import { type Sink, writeBytes } from './canonical-values.ts'
import { createInstantWriter } from './instant.ts'
import { piecesOf } from './plain-frame.ts'
import { findSaid, NANOS_PER_SECOND, type Part, type Run } from './plain-run.ts'
import { FIRST_INSTANT_BYTES, KIND_BYTES, LONG, NAMES, RUN_HEAD_BYTES, WORD } from './run-layout.ts'

/** Bytes of the longest instant: `2026-01-02T03:04:05.123456789Z`. */
const MOST_INSTANT_BYTES = 30

const instants = createInstantWriter()

/** A run as it stands in packed bytes: places in them, of which frames are made when somebody asks. */
export class StoredRun implements Run {
  readonly members = undefined
  readonly name: Run['name']
  readonly isThinking: boolean
  /** How many frames. */
  readonly count: number
  /** Bytes of the frames. */
  readonly size: number
  /** Where the next span begins. */
  readonly end: number
  readonly model: Buffer
  readonly #packed: Buffer
  readonly #instants: number
  readonly #lengths: number
  readonly #said: number

  /** At `start` there are as many bytes as the head of a run has. */
  constructor(packed: Buffer, start: number) {
    const kind = packed.readUInt8(start) - 1
    const word = (index: number) => packed.readUInt32LE(start + KIND_BYTES + WORD * index)
    const model = start + RUN_HEAD_BYTES
    this.name = NAMES[kind % NAMES.length] ?? 'response'
    this.isThinking = kind >= NAMES.length
    this.count = word(0)
    this.size = word(1)
    this.#packed = packed
    this.#instants = model + word(2)
    this.#lengths = this.#instants + FIRST_INSTANT_BYTES + WORD * (this.count - 1)
    this.#said = this.#lengths + word(3)
    this.end = this.#said + word(4)
    this.model = packed.subarray(model, this.#instants)
  }

  /** Whether all of it is there, and the lengths are those of what is said. */
  isSound(): boolean {
    if (this.count < 1 || this.end > this.#packed.length) return false
    if (this.size > this.#mostBytes()) return false
    let [at, said] = [this.#lengths, this.#said]
    for (let i = 0; i < this.count; i++) {
      const bytes = this.#sizeOfLength(at)
      if (at + bytes > this.#said) return false
      said += this.#readLength(at)
      at += bytes
    }
    return at === this.#said && said === this.end
  }

  find(name: string): Part | undefined {
    return findSaid(this, name, { frame: this.#packed, start: this.#said, end: this.end })
  }

  last(): Buffer {
    const sink: Sink = { bytes: Buffer.allocUnsafe(this.size), at: 0 }
    const ends: number[] = []
    this.write(sink, ends)
    return sink.bytes.subarray(ends.at(-2) ?? 0, ends.at(-1))
  }

  /** Writes the frames, and notes where each of them ends. */
  write(sink: Sink, ends: number[]): void {
    const packed = this.#packed
    const { begin, said, end } = this.#pieces()
    let seconds = packed.readUInt32LE(this.#instants)
    let nanos = packed.readUInt32LE(this.#instants + WORD)
    let step = this.#instants + FIRST_INSTANT_BYTES
    let [length, from] = [this.#lengths, this.#said]
    for (let i = 0; i < this.count; i++) {
      const to = from + this.#readLength(length)
      writeBytes(sink, begin, 0, begin.length)
      sink.at = instants.write(sink.bytes, sink.at, seconds, nanos)
      writeBytes(sink, said, 0, said.length)
      writeBytes(sink, packed, from, to)
      writeBytes(sink, end, 0, end.length)
      ends.push(sink.at)
      length += this.#sizeOfLength(length)
      from = to
      if (i + 1 === this.count) break
      nanos += packed.readUInt32LE(step)
      step += WORD
      seconds += Math.floor(nanos / NANOS_PER_SECOND)
      nanos %= NANOS_PER_SECOND
    }
  }

  #sizeOfLength(at: number): number {
    return this.#packed[at] === LONG ? 1 + WORD : 1
  }

  #readLength(at: number): number {
    const byte = this.#packed[at] as number
    return byte === LONG ? this.#packed.readUInt32LE(at + 1) : byte
  }

  #pieces() {
    const { begin, created, said, end } = piecesOf(this.name, this.isThinking)
    return { begin: Buffer.concat([begin, this.model, created]), said, end }
  }

  /** More than this no such frames can have. */
  #mostBytes(): number {
    const { begin, created, said, end } = piecesOf(this.name, this.isThinking)
    const before = begin.length + this.model.length + created.length
    const each = before + MOST_INSTANT_BYTES + said.length + end.length
    return this.count * each + this.end - this.#said
  }
}
