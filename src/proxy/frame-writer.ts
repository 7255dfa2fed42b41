import type { ServerResponse } from 'node:http'
import { LAST_CHUNK } from '../http/chunk.ts'
import { findLine, toFraming } from '../http/message-head.ts'
import type { Batches } from './batches.ts'
import type { Frames, SourceHead } from './frame-source.ts'

/** How the frames of one answer are put on its connection. */
export interface FrameWriter {
  /** The header lines, names and values in turn, which it may add to. They leave with the first frames. */
  begin(head: SourceHead, lines: string[]): void
  /** Sends the header lines in this turn, with the first frame where that comes in the same read of the origin. */
  flush(): void
  /** False where the connection wants no more for now. */
  write(frames: readonly Frames[]): boolean
  /** What is to be sent last. */
  readonly ending: Buffer
}

/**
 * Each frame is a transfer chunk of its own, and so is each piece of what is not made of frames. They are put into chunks
 * by us, once for all readers, all of a read in one write: Node takes four for each. It has what it alone knows how to
 * write: answers with a length, and those that have no body or no chunks.
 */
export function createFrameWriter(response: ServerResponse, batches: Batches): FrameWriter {
  return new ResponseWriter(response, batches)
}

/** A class for the sake of its getter: in an object literal it held each answer until the whole heap was gone through. */
class ResponseWriter implements FrameWriter {
  readonly #response: ServerResponse
  readonly #batches: Batches
  #isOurs = false

  constructor(response: ServerResponse, batches: Batches) {
    this.#response = response
    this.#batches = batches
  }

  begin(head: SourceHead, lines: string[]): void {
    const response = this.#response
    this.#isOurs = isChunked(response, head, lines)
    if (this.#isOurs) lines.push('Transfer-Encoding', 'chunked')
    response.writeHead(head.status, lines)
    if (this.#isOurs) response.chunkedEncoding = false
  }

  flush(): void {
    flushAfterTurn(this.#response)
  }

  write(frames: readonly Frames[]): boolean {
    if (!this.#isOurs) return writeEach(this.#response, frames)
    return this.#response.write(this.#batches.toBytes(frames))
  }

  get ending(): Buffer {
    return this.#isOurs ? LAST_CHUNK : NOTHING
  }
}

const NOTHING = Buffer.alloc(0)

/** Whether the body goes in chunks: HTTP/1.0 has none, and nor has what has no body, or a length. */
function isChunked(
  { req }: ServerResponse,
  { status, body }: SourceHead,
  lines: string[],
): boolean {
  if (req.httpVersionMinor < 1) return false
  if (body === 'frames') return true
  return toFraming(status, req.method ?? '', (name) => findLine(lines, name)).kind === 'close'
}

/** They leave together: Node holds its chunks back until the end of the turn. */
function writeEach(response: ServerResponse, frames: readonly Frames[]): boolean {
  let isTaken = true
  for (const { bytes } of frames) isTaken = response.write(bytes)
  return isTaken
}

/** One write less where the first frame comes in the same turn. */
function flushAfterTurn(response: ServerResponse): void {
  const { socket } = response
  socket?.cork()
  response.flushHeaders()
  process.nextTick(() => socket?.uncork())
}
