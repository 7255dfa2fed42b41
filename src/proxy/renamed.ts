import { renameFrame } from '../ollama/splice.ts'
import type { Frame, FrameSource } from './frame-source.ts'
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
  return {
    get head() {
      return source.head
    },
    get end() {
      return source.end
    },
    open(onChange) {
      const cursor = source.open(onChange)
      return {
        next() {
          const frame = cursor.next()
          const isEcho = source.head?.body === 'frames' && sentName() !== name
          return frame !== undefined && isEcho ? rename(frame, name) : frame
        },
        close: () => cursor.close(),
      }
    },
  }
}

function rename({ bytes }: Frame, name: string): Frame {
  return toFrame(renameFrame(bytes, name))
}
