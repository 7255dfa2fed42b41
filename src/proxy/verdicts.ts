import { PassingMap } from '../passing-map.ts'
import type { Key } from '../store/store.ts'

/**
 * Answers that are complete but not yet judged: whether they become entries is known within
 * 250 ms. An equal request in that window waits here instead of running the model again.
 */
export interface Verdicts {
  /** Marks a key as being judged until the promise settles. */
  open(key: Key, verdict: Promise<unknown>): void
  /** The verdict to wait for; undefined where none is open. */
  of(key: Key): Promise<unknown> | undefined
}

/** Starts with none open. */
export function createVerdicts(): Verdicts {
  const pending = new PassingMap<Key, Promise<unknown>>()
  return {
    open(key, verdict) {
      const settled = verdict.finally(() => {
        if (pending.get(key) === settled) pending.delete(key)
      })
      pending.set(key, settled)
    },
    of: (key) => pending.get(key),
  }
}
