import { findChunkRow, type Row, toChunk, toChunkRow } from '../http/chunk.ts'
import { listLast, toRow } from '../ollama/frames.ts'
import type { Frames } from './frame-source.ts'

/** Frames that are held together. */
export interface Piece extends Frames {
  /** Some of them: `count`, the first of them at `first`. */
  part(first: number, count: number): Frames
}

/** What came in one read of the origin: the frames in it stand behind each other, and are no buffers yet. */
export interface GrowingPiece extends Piece {
  /** Takes one more frame in, which ends at `end`. */
  add(end: number): void
}

/**
 * A piece of memory without frames so far; the first one begins at `start`. `came`: what the origin sent it in, where
 * each of these is a frame by itself.
 */
export function createPiece(bytes: Buffer, start: number, came: readonly Buffer[]): GrowingPiece {
  return new ReadPiece(bytes, start, came)
}

class ReadPiece implements GrowingPiece {
  readonly row: Row & { readonly ends: number[] }
  readonly #came: readonly Buffer[]
  #chunks: Row | undefined

  constructor(bytes: Buffer, start: number, came: readonly Buffer[]) {
    this.row = { bytes, start, ends: [] }
    this.#came = came
  }

  get count(): number {
    return this.row.ends.length
  }

  get size(): number {
    return (this.row.ends.at(-1) ?? 0) - this.row.start
  }

  get bytes(): Buffer {
    return slice(this.row, 0, this.count)
  }

  get chunks(): Buffer {
    return this.chunksOf(0, this.count)
  }

  list(last = this.count): Buffer[] {
    return listLast([this.row], last)
  }

  add(end: number): void {
    this.row.ends.push(end)
  }

  part(first: number, count: number): Frames {
    return count === this.count ? this : new Part(this, first, count)
  }

  /** The chunks of the frames from one to before another: a part of the one buffer that all readers are given. */
  chunksOf(from: number, to: number): Buffer {
    // Made when the first one is wanted, which is after the read, so that all of its frames are there.
    if (this.#chunks?.ends.length !== this.count) {
      this.#chunks = findChunkRow(this.row, this.#came) ?? toChunkRow(this.row)
    }
    return slice(this.#chunks, from, to)
  }
}

/** Some frames of a piece. */
class Part implements Frames {
  readonly piece: ReadPiece
  readonly first: number
  readonly count: number

  constructor(piece: ReadPiece, first: number, count: number) {
    this.piece = piece
    this.first = first
    this.count = count
  }

  get size(): number {
    const { row } = this.piece
    return (row.ends[this.first + this.count - 1] ?? 0) - startOf(row, this.first)
  }

  get bytes(): Buffer {
    return slice(this.piece.row, this.first, this.first + this.count)
  }

  get chunks(): Buffer {
    return this.piece.chunksOf(this.first, this.first + this.count)
  }

  get row(): Row {
    return partOf(this.piece.row, this.first, this.first + this.count)
  }

  list(last = this.count): Buffer[] {
    return listLast([this.row], last)
  }
}

/** Where the frame at `index` begins. */
function startOf({ start, ends }: Row, index: number): number {
  return index === 0 ? start : (ends[index - 1] ?? start)
}

/** The frames from one to before another, in one. */
function slice(row: Row, from: number, to: number): Buffer {
  const { bytes, ends } = row
  const start = startOf(row, from)
  const end = ends[to - 1] ?? start
  return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end)
}

/** The frames from one to before another, as a row. */
function partOf(row: Row, from: number, to: number): Row {
  return { bytes: row.bytes, start: startOf(row, from), ends: row.ends.slice(from, to) }
}

/** Bytes that are a frame of one reader alone, or a piece of a body that has none. */
export function toFrame(bytes: Buffer): Piece {
  return new SingleFrame(bytes)
}

class SingleFrame implements Piece {
  readonly bytes: Buffer
  readonly count = 1
  readonly chunks = undefined

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  get size(): number {
    return this.bytes.length
  }

  get row(): Row {
    return toRow(this.bytes)
  }

  list(): Buffer[] {
    return [this.bytes]
  }

  part(): Frames {
    return this
  }
}

/** Frames in the transfer chunks in which they are sent. */
export function toChunks({ chunks, bytes }: Frames): Buffer {
  return chunks ?? toChunk(bytes).chunk
}

/** Whether they are the same frames of the same memory. Two readers whose frames are put into words of their own have others. */
export function areSameFrames(one: Frames, other: Frames): boolean {
  if (one === other) return true
  if (!(one instanceof Part && other instanceof Part)) return false
  return one.piece === other.piece && one.first === other.first && one.count === other.count
}
