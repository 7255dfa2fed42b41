import { findChunkRow, type Row, toChunk, toChunkRow } from '../http/chunk.ts'
import type { Frame } from './frame-source.ts'

/** What came in one read of the origin: the frames in it stand behind each other, and are no buffers yet. */
export interface Piece extends Row {
  /** Takes one more frame in, which ends at `end`. */
  add(end: number): Frame
  /** The chunks from that of one frame to that of another: a part of the one buffer that all readers are given. */
  chunksOf(first: number, last: number): Buffer
}

/** A frame that is a place in a piece. */
export class PlacedFrame implements Frame {
  readonly piece: Piece
  /** The how manieth of its piece. */
  readonly index: number
  readonly size: number
  #bytes: Buffer | undefined

  constructor(piece: Piece, index: number, size: number) {
    this.piece = piece
    this.index = index
    this.size = size
  }

  get bytes(): Buffer {
    const { bytes, ends } = this.piece
    const end = ends[this.index] ?? 0
    this.#bytes ??= bytes.subarray(end - this.size, end)
    return this.#bytes
  }

  get chunk(): Buffer {
    return this.piece.chunksOf(this.index, this.index)
  }
}

/**
 * A piece of memory without frames so far; the first one begins at `start`. `came`: what the origin sent it in, where
 * each of these is a frame by itself.
 */
export function createPiece(bytes: Buffer, start: number, came: readonly Buffer[]): Piece {
  return new ReadPiece(bytes, start, came)
}

class ReadPiece implements Piece {
  readonly bytes: Buffer
  readonly start: number
  readonly ends: number[] = []
  readonly #came: readonly Buffer[]
  #chunks: Row | undefined

  constructor(bytes: Buffer, start: number, came: readonly Buffer[]) {
    this.bytes = bytes
    this.start = start
    this.#came = came
  }

  add(end: number): Frame {
    const size = end - (this.ends.at(-1) ?? this.start)
    this.ends.push(end)
    return new PlacedFrame(this, this.ends.length - 1, size)
  }

  chunksOf(first: number, last: number): Buffer {
    // Made when the first one is wanted, which is after the read, so that all of its frames are there.
    if (this.#chunks?.ends.length !== this.ends.length) {
      this.#chunks = findChunkRow(this, this.#came) ?? toChunkRow(this)
    }
    const { bytes, ends } = this.#chunks
    const from = first === 0 ? 0 : ends[first - 1]
    const to = ends[last]
    return from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to)
  }
}

/** Bytes that are a frame of one reader alone, or a piece of a body that has none. */
export function toFrame(bytes: Buffer): Frame {
  return { size: bytes.length, bytes, chunk: undefined }
}

/** The chunks of several frames, as few buffers as they stand in. */
export function listChunks(frames: readonly Frame[]): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; at < frames.length; ) {
    const first = frames[at]
    let next = at + 1
    if (first instanceof PlacedFrame) {
      while (isBehind(frames[next], first, next - at)) next += 1
      chunks.push(first.piece.chunksOf(first.index, first.index + next - at - 1))
    } else if (first !== undefined) chunks.push(first.chunk ?? toChunk(first.bytes).chunk)
    at = next
  }
  return chunks
}

function isBehind(frame: Frame | undefined, first: PlacedFrame, distance: number): boolean {
  if (!(frame instanceof PlacedFrame)) return false
  return frame.piece === first.piece && frame.index === first.index + distance
}
