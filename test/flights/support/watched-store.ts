import type { Entry, Key, Store } from '../../../src/store/store.ts'
import { emptyKinds } from '../../../src/store/store.ts'

/** A store in memory that says when it has been asked and given so often; what it holds outlives its closing. */
export interface WatchedStore extends Store {
  /** Resolves once so many requests in all have looked for their answer: each has its seat, or its answer, by then. */
  lookups(count: number): Promise<void>
  /** Resolves once so many answers in all have become entries. */
  puts(count: number): Promise<void>
}

/** Starts empty. */
export function createWatchedStore(): WatchedStore {
  const entries = new Map<Key, Entry>()
  const asked = createCount()
  const given = createCount()
  return {
    get(key) {
      asked.add()
      const entry = entries.get(key)
      return entry && { entry, tier: 'memory' }
    },
    survey: (keys) =>
      keys.map((key) => {
        asked.add()
        const entry = entries.get(key)
        return entry && { entry, tier: 'memory' }
      }),
    touch() {},
    put(entry) {
      entries.set(entry.key, entry)
      given.add()
    },
    remove: (key) => void entries.delete(key),
    usage: () => [{ tier: 'memory', kinds: emptyKinds() }],
    async flush() {},
    async close() {},
    lookups: asked.reach,
    puts: given.reach,
  }
}

function createCount() {
  let total = 0
  const waiting = new Set<() => void>()
  return {
    add() {
      total += 1
      for (const look of [...waiting]) look()
    },
    reach: (count: number): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (total < count) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}
