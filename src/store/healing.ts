import type { SqliteStore } from './sqlite.ts'
import type { Awaitable, Found, Key } from './store.ts'

/** What a store that heals is made of. */
export interface HealingOptions {
  /** Opens the database; `onDamage` is called when it turns out to be damaged. */
  open(onDamage: () => void): SqliteStore
  /** Moves the damaged database aside and begins a new one. May throw. */
  replace(): void
  /** Called when no new one could be begun: nothing is kept from then on. */
  onGivenUp(error: unknown): void
  /** What stands in meanwhile: a store that keeps nothing. */
  readonly absent: SqliteStore
}

/**
 * A database that is replaced by an empty one when damage shows while it runs. Opening reads only the
 * edges of the tables, and a damaged page would otherwise make every later write fail.
 */
export function createHealingStore(options: HealingOptions): SqliteStore {
  let current = options.open(heal)
  let healing: Promise<void> | undefined
  let isClosed = false

  function heal(): void {
    if (healing !== undefined || isClosed) return
    const damaged = current
    current = options.absent
    healing = replace(damaged).finally(() => {
      healing = undefined
    })
  }

  async function replace(damaged: SqliteStore): Promise<void> {
    try {
      await damaged.close()
      options.replace()
      current = options.open(heal)
    } catch (error) {
      options.onGivenUp(error)
    }
  }

  return {
    get: (key: Key): Awaitable<Found | undefined> => current.get(key),
    put: (entry) => current.put(entry),
    remove: (key) => current.remove(key),
    usage: () => current.usage(),
    readNote: (name) => current.readNote(name),
    writeNote: (name, value) => current.writeNote(name, value),
    confirmClock: (originNow) => current.confirmClock(originNow),
    async flush() {
      await healing
      await current.flush()
    },
    async close() {
      await healing
      isClosed = true
      await current.close()
    },
  }
}
