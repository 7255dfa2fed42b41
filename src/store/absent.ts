import type { SqliteStore } from './sqlite.ts'
import { emptyKinds } from './store.ts'

/** What stands for a database that cannot be used: it keeps nothing, finds nothing and waits for nothing. */
export function createAbsentStore(): SqliteStore {
  return {
    get: () => undefined,
    survey: (keys) => keys.map(() => undefined),
    put() {},
    remove() {},
    usage: () => [{ tier: 'sqlite', kinds: emptyKinds() }],
    async flush() {},
    async close() {},
    readNote: () => undefined,
    writeNote() {},
    confirmClock() {},
    inspect: async () => undefined,
    peek: () => undefined,
    list: async () => ({ total: 0, bytes: 0, rows: [] }),
    purge: async () => 0,
    expire: async () => 0,
    nearest: async () => undefined,
    async *entries() {},
    held: async () => new Set(),
    setDigests() {},
    touch() {},
    putIfNewer: async () => 'put',
  }
}
