import { nextTurn } from '../clock.ts'
import {
  type EmbeddingFacts,
  pushVector,
  type Spelling,
  toEnvelope,
} from '../ollama/embedding-answer.ts'
import type { Batch } from './batch.ts'

/** The answer to a batch, put together as its vectors come to be known. */
export interface VectorLayout {
  /** Puts together what stands side by side and is known: what is missing is waited for meanwhile. */
  prepare(): Promise<void>
  /** The answer, in pieces of at most some 256 KiB or a vector; every vector must be known by now. */
  toPieces(facts: Omit<EmbeddingFacts, 'encoding'>): Buffer[]
}

/** Neighbours that were put together. */
interface Stretch {
  readonly bytes: Buffer
  /** The place in the answer behind the last of them. */
  readonly end: number
}

/** What is put together in one turn, in bytes: 0.1 ms, or 5 ms where numbers become base64. */
const STRETCH_BYTES = 256 * 1024

/** `vectors` are those of the distinct texts, as they come to be known. */
export function createVectorLayout(
  { askedOn, inputs, encoding }: Batch,
  vectors: readonly (Buffer | undefined)[],
): VectorLayout {
  const { order } = inputs
  const spelling: Spelling = { route: askedOn, encoding }
  const stretches = new Map<number, Stretch>()

  const vectorAt = (place: number): Buffer | undefined => vectors[order[place] ?? -1]

  /** What is known from a place on, up to the size of a stretch. */
  function join(start: number): Stretch {
    const pieces: Buffer[] = []
    let end = start
    let size = 0
    for (let vector = vectorAt(end); vector && size < STRETCH_BYTES; vector = vectorAt(end)) {
      pushVector(pieces, spelling, vector, end)
      size += vector.length
      end += 1
    }
    return { bytes: Buffer.concat(pieces), end }
  }

  return {
    async prepare() {
      let size = 0
      for (let place = 0; place < order.length; ) {
        const stretch = stretches.get(place) ?? join(place)
        if (stretch.end > place) stretches.set(place, stretch)
        place = Math.max(stretch.end, place + 1)
        size += stretch.bytes.length
        if (size < STRETCH_BYTES) continue
        await nextTurn()
        size = 0
      }
    },
    toPieces(facts) {
      const { head, tail } = toEnvelope(askedOn, { ...facts, encoding })
      const pieces = [head]
      for (let place = 0; place < order.length; ) {
        const { bytes, end } = stretches.get(place) ?? join(place)
        pieces.push(bytes)
        place = Math.max(end, place + 1)
      }
      return [...pieces, tail]
    },
  }
}
