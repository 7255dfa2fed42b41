import { toOpenAiError } from '../ollama/openai-answers.ts'
import type { Speaker } from '../ollama/speaker.ts'
import type { Cursor, FrameSource, Frames, SourceHead } from './frame-source.ts'
import { toFrame } from './piece.ts'

/** The same source in the words of the client's route. */
export function speakFrames(
  source: FrameSource,
  path: string,
  speaker: Speaker | undefined,
): FrameSource {
  return speaker === undefined ? source : new SpokenSource(source, path, speaker)
}

class SpokenSource implements FrameSource {
  readonly #source: FrameSource
  readonly #path: string
  readonly #speaker: Speaker
  readonly #pieces: Buffer[] = []
  #head: SourceHead | undefined

  constructor(source: FrameSource, path: string, speaker: Speaker) {
    this.#source = source
    this.#path = path
    this.#speaker = speaker
  }

  get end() {
    return this.#source.end
  }

  /** A native object is put into other words as a whole: its head waits for its end. */
  get head(): SourceHead | undefined {
    const { head, end } = this.#source
    if (head === undefined || !this.#speaker.isTranslating) return head
    if (head.body === 'frames') this.#head ??= { ...head, headers: toEventHeaders(head) }
    else if (end !== undefined) this.#head ??= this.#toObjectHead(head)
    return this.#head
  }

  open(onChange: () => void): Cursor {
    const cursor = this.#source.open(() => {
      this.#collect(cursor)
      onChange()
    })
    this.#collect(cursor)
    return {
      next: () => (this.#isObject() ? this.#takeObject() : this.#takeSpoken(cursor)),
      close: () => cursor.close(),
    }
  }

  #isObject(): boolean {
    return this.#speaker.isTranslating && this.#source.head?.body === 'opaque'
  }

  #collect(cursor: Cursor): void {
    if (!this.#isObject() || this.#head !== undefined) return
    for (let piece = cursor.next(); piece; piece = cursor.next()) this.#pieces.push(piece.bytes)
  }

  /** An error, or what is told of a model that was only loaded, which Ollama writes as events. */
  #toObjectHead({ status }: SourceHead): SourceHead {
    const native = Buffer.concat(this.#pieces)
    const isError = status !== 200
    const body = isError
      ? toOpenAiError(this.#path, status, native)
      : (this.#speaker.speak(native) ?? Buffer.alloc(0))
    this.#pieces.splice(0, this.#pieces.length, body)
    const headers = [
      ['Content-Type', isError ? 'application/json' : 'text/event-stream'],
      ['Content-Length', String(body.length)],
    ] as const
    return { status, headers, body: 'opaque' }
  }

  #takeObject(): Frames | undefined {
    const bytes = this.head === undefined ? undefined : this.#pieces.shift()
    return bytes && toFrame(bytes)
  }

  #takeSpoken(cursor: Cursor): Frames | undefined {
    for (let frame = cursor.next(1); frame; frame = cursor.next(1)) {
      const given = frame.bytes
      const bytes = this.#speaker.speak(given)
      if (bytes === given) return frame
      if (bytes !== undefined) return toFrame(bytes)
    }
    return undefined
  }
}

function toEventHeaders({ headers }: SourceHead): SourceHead['headers'] {
  return headers.map(([name, value]) =>
    name.toLowerCase() === 'content-type' ? [name, 'text/event-stream'] : [name, value],
  )
}
