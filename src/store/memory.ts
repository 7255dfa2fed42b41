import { LRUCache } from 'lru-cache'
import type { Kind } from '../ollama/kind.ts'
import { type Amount, type Entry, emptyKinds, type Key, type Store } from './store.ts'

/** What an entry takes besides its frames: objects, key, buffers' headers. Estimated. */
const OVERHEAD_BYTES = 512
/** What each frame takes besides its bytes. Estimated. */
const FRAME_OVERHEAD_BYTES = 96

/** A tier in this process: least recently used entries go first, by bytes. An entry larger than all of it is not kept. */
export function createMemoryStore(maxBytes: number): Store {
  const kinds: Record<Kind, Amount> = emptyKinds()
  const add = (entry: Entry, sign: 1 | -1): void => {
    const { entries, bytes } = kinds[entry.kind]
    kinds[entry.kind] = { entries: entries + sign, bytes: bytes + sign * toBytes(entry) }
  }
  const cache = new LRUCache<Key, Entry>({
    maxSize: Math.max(1, maxBytes),
    sizeCalculation: toBytes,
    onInsert: (entry, _key, reason) => reason !== 'update' && add(entry, 1),
    dispose: (entry) => add(entry, -1),
  })
  return {
    get(key) {
      const entry = cache.get(key)
      return entry && { entry, tier: 'memory' }
    },
    put: (entry) => void cache.set(entry.key, entry),
    remove: (key) => void cache.delete(key),
    usage: () => [{ tier: 'memory', kinds: { ...kinds } }],
    async flush() {},
    async close() {
      cache.clear()
    },
  }
}

/** Bytes an entry takes in memory. */
function toBytes(entry: Entry): number {
  return entry.frames.reduce(
    (sum, frame) => sum + frame.length + FRAME_OVERHEAD_BYTES,
    OVERHEAD_BYTES,
  )
}
