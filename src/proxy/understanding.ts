import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { KnownModel } from '../models/registry.ts'
import type { Question } from '../ollama/question.ts'
import type { Key } from '../store/store.ts'

/** What was understood of a body, and the key it had for the model it was last asked of. */
export interface Understanding {
  readonly question: Question
  model?: KnownModel
  key?: Key
}

/** Remembers what was understood of exact bytes, so that the same bytes are not read again. */
export interface Understandings {
  /** The understanding of these bytes on this route with this profile; made by `read` where there is none. */
  of(scope: string, bytes: Buffer, read: () => Question | undefined): Understanding | undefined
}

/** Bytes that remembered bodies may take together. */
const MAX_BYTES = 16 * 1024 * 1024
/** A larger body is read each time: it is rare, and would push many small ones out. */
const MAX_BODY_BYTES = 64 * 1024
/** What an understanding takes besides the body. Estimated. */
const OVERHEAD_BYTES = 2048

/**
 * Reading is pure: the same bytes, route and rules give the same question, so nothing ever has to be
 * forgotten but for room. Keys depend on the model and are made again when its digest is another.
 */
export function createUnderstandings(): Understandings {
  const known = new LRUCache<string, Understanding>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ question }) => 2 * question.document.bytes.length + OVERHEAD_BYTES,
  })
  return {
    of(scope, bytes, read) {
      if (bytes.length > MAX_BODY_BYTES) return toUnderstanding(read())
      const name = scope + hash('sha256', bytes, 'base64')
      const memory = known.get(name)
      if (memory !== undefined) return memory
      const made = toUnderstanding(read())
      if (made !== undefined) known.set(name, made)
      return made
    },
  }
}

function toUnderstanding(question: Question | undefined): Understanding | undefined {
  return question && { question }
}
