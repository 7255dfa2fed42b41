import { LRUCache } from 'lru-cache'
import { toVariantKey } from '../ollama/key.ts'
import type { Key } from '../store/store.ts'

/** Says whose turn it is among the answers that are kept for one question. */
export interface Variants {
  /** The key of the next one; with one answer only, the question's own key. */
  next(key: Key, variants: number): Key
}

/** Questions whose turn is remembered; one that is forgotten begins again with its first answer. */
const MAX_QUESTIONS = 10_000

/** All begin with their first answer. */
export function createVariants(): Variants {
  const turns = new LRUCache<Key, number>({ max: MAX_QUESTIONS })
  return {
    next(key, variants) {
      if (variants <= 1) return key
      const turn = turns.get(key) ?? 0
      turns.set(key, (turn + 1) % variants)
      return toVariantKey(key, turn % variants)
    },
  }
}
