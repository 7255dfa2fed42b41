import { type Clock, nextTurn } from '../clock.ts'
import type { OwnedStore } from '../store/query.ts'
import type { Key } from '../store/store.ts'
import type { ChangingKey, ToWorker } from './messages.ts'

/** Entries that are put or go, told to those who read the database before it has them. */
export interface News {
  /** The store, with everything that changes it told of. */
  watch(store: OwnedStore): OwnedStore
  /** What is told of and not settled yet: for those who come later. */
  changing(): readonly ChangingKey[]
}

/** What it needs of the rest. */
export interface NewsOptions {
  readonly clock: Pick<Clock, 'startTimer'>
  tell(message: ToWorker): void
  /** Nothing that anybody else knows holds any more; resolves when nobody goes by it. */
  forget(): Promise<void>
}

/** The database is made to have what was put after so many ms: the writer's own batches are shorter. */
const SETTLE_MS = 100

/** Starts with nothing told. */
export function createNews({ clock, tell, forget }: NewsOptions): News {
  const batches = new Map<Key, number>()
  let last = 0
  let untold: Key[] = []
  let isSettling = false

  function note(key: Key): void {
    untold.push(key)
    if (untold.length > 1) return
    last += 1
    // What is put in one go is told in one go.
    void Promise.resolve().then(() => {
      tell({ kind: 'changing', keys: untold, batch: last })
      untold = []
    })
  }

  function change(key: Key, store: OwnedStore): void {
    note(key)
    batches.set(key, last)
    if (isSettling) return
    isSettling = true
    clock.startTimer(SETTLE_MS, () => void settle(store))
  }

  /** What was put before the flush is in the database after it, or never will be. */
  async function settle(store: OwnedStore): Promise<void> {
    await nextTurn()
    const batch = last
    isSettling = false
    await store.flush()
    for (const [key, of] of batches) if (of <= batch) batches.delete(key)
    tell({ kind: 'settled', batch })
  }

  return {
    changing: () => [...batches],
    watch: (store) => watchStore(store, (key) => change(key, store), forget),
  }
}

function watchStore(
  store: OwnedStore,
  change: (key: Key) => void,
  forget: () => Promise<void>,
): OwnedStore {
  async function forgotten(work: Promise<number>): Promise<number> {
    const count = await work
    await forget()
    return count
  }

  return {
    ...store,
    put(entry) {
      store.put(entry)
      change(entry.key)
    },
    remove(key) {
      store.remove(key)
      change(key)
    },
    async putIfNewer(entry) {
      const result = await store.putIfNewer(entry)
      if (result === 'put') change(entry.key)
      return result
    },
    // Its answer is the promise that nobody is given any of it any more.
    purge: (filter, mode) =>
      mode === 'purge' ? forgotten(store.purge(filter, mode)) : store.purge(filter, mode),
    expire: () => forgotten(store.expire()),
  }
}
