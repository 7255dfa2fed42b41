import type { FrameSource, SourceEnd, SourceHead } from './frame-source.ts'

/** All of a source. */
export interface Collected {
  readonly head: SourceHead | undefined
  readonly body: Buffer
  readonly end: SourceEnd
}

/** Waits for the end of a source, whatever it is. */
export function collect(source: FrameSource): Promise<Collected> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    const take = (): void => {
      for (let frames = cursor.next(); frames; frames = cursor.next()) pieces.push(frames.bytes)
      const { head, end } = source
      if (end === undefined) return
      cursor.close()
      resolve({ head, body: Buffer.concat(pieces), end })
    }
    const cursor = source.open(() => take())
    take()
  })
}
