import type { Folded } from '../ollama/fold.ts'
import type { Cursor, FrameSource, Frames, SourceHead } from './frame-source.ts'
import { toFrame } from './piece.ts'

/** Makes another answer of a whole one. */
export type Convert = (status: number, body: Buffer) => Folded

/** The same source as another answer, which can only be made of the whole: its head waits for its end. */
export function convertWhole(source: FrameSource, convert: Convert): FrameSource {
  return new ConvertedSource(source, convert)
}

class ConvertedSource implements FrameSource {
  readonly #source: FrameSource
  readonly #convert: Convert
  readonly #pieces: Buffer[] = []
  #made: { readonly head: SourceHead; readonly body: Buffer } | undefined

  constructor(source: FrameSource, convert: Convert) {
    this.#source = source
    this.#convert = convert
  }

  get end() {
    return this.#source.end
  }

  /** What broke off has no head: nothing of it was sent, so that the client is told of the fault. */
  get head(): SourceHead | undefined {
    return this.#made?.head
  }

  open(onChange: () => void): Cursor {
    const collect = (): void => {
      for (let piece = cursor.next(); piece; piece = cursor.next()) this.#pieces.push(piece.bytes)
      this.#make()
    }
    const cursor = this.#source.open(() => {
      collect()
      onChange()
    })
    collect()
    let isTaken = false
    return {
      next: (): Frames | undefined => {
        if (this.#made === undefined || isTaken) return undefined
        isTaken = true
        return toFrame(this.#made.body)
      },
      close: () => cursor.close(),
    }
  }

  #make(): void {
    const { head, end } = this.#source
    if (this.#made !== undefined || head === undefined || end?.kind !== 'ended') return
    const { status, contentType, body } = this.#convert(head.status, Buffer.concat(this.#pieces))
    const headers = [
      ['Content-Type', contentType],
      ['Content-Length', String(body.length)],
    ] as const
    this.#made = { head: { status, headers, body: 'opaque' }, body }
  }
}
