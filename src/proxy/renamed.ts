import type { Span } from '../ollama/columns.ts'
import type { AnswerTotals } from '../ollama/completeness.ts'
import type { FrameRules } from '../ollama/frame-rules.ts'
import { renameFrame } from '../ollama/splice.ts'
import type { Cursor, FrameSource, Frames, SourceEnd, SourceHead } from './frame-source.ts'
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

  /** They say nothing of the name. */
  totals(rules: FrameRules): AnswerTotals | undefined {
    return this.#source.totals?.(rules)
  }

  spans(): readonly Span[] | undefined {
    return this.#isAsSent() ? this.#source.spans?.() : undefined
  }

  open(onChange: () => void): Cursor {
    const cursor = this.#source.open(onChange)
    return { next: (most) => this.#take(cursor, most), close: () => cursor.close() }
  }

  #take(cursor: Cursor, most: number | undefined): Frames | undefined {
    if (this.#isAsSent()) return cursor.next(most)
    const frame = cursor.next(1)
    return frame && toFrame(renameFrame(frame.bytes, this.#name))
  }

  #isAsSent(): boolean {
    return this.#sentName() === this.#name || this.#source.head?.body !== 'frames'
  }
}
