import { renameFrame } from '../ollama/splice.ts'
import type { Cursor, Frame, FrameSource, SourceEnd, SourceHead } from './frame-source.ts'
import { toFrame } from './piece.ts'

/**
 * The same source for a client that wrote the model's name in another way than the request that was sent:
 * `tiny` and `tiny:latest` are one question, and each is echoed what it wrote. Nothing is touched where the
 * names are equal, nor in a body that is not made of frames: its length may have been announced.
 */
export function renameFrames(
  source: FrameSource,
  name: string,
  sentName: () => string | undefined,
): FrameSource {
  return new RenamedSource(source, name, sentName)
}

class RenamedSource implements FrameSource {
  readonly #source: FrameSource
  readonly #name: string
  readonly #sentName: () => string | undefined

  constructor(source: FrameSource, name: string, sentName: () => string | undefined) {
    this.#source = source
    this.#name = name
    this.#sentName = sentName
  }

  get head(): SourceHead | undefined {
    return this.#source.head
  }

  get end(): SourceEnd | undefined {
    return this.#source.end
  }

  open(onChange: () => void): Cursor {
    const cursor = this.#source.open(onChange)
    return { next: () => this.#take(cursor), close: () => cursor.close() }
  }

  #take(cursor: Cursor): Frame | undefined {
    const frame = cursor.next()
    if (frame === undefined || this.#sentName() === this.#name) return frame
    return this.#source.head?.body === 'frames' ? rename(frame, this.#name) : frame
  }
}

function rename({ bytes }: Frame, name: string): Frame {
  return toFrame(renameFrame(bytes, name))
}
