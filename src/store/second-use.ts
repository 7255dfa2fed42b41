import { LRUCache } from 'lru-cache'
import type { Key } from './store.ts'

/** Tells what is asked for again from what is asked for once. */
export interface SecondUse {
  /** Notes a use; whether there was another one lately. */
  isSecond(key: Key): boolean
}

/** Keys that were used once are remembered up to so many: about 3 MB of them. */
const REMEMBERED_KEYS = 16_384

/**
 * Who goes through everything that is stored once (a batch run again, an export) would push what is wanted
 * all the time out of a tier of recent ones: only what is used a second time is worth a place there.
 */
export function createSecondUse(): SecondUse {
  const uses = new LRUCache<Key, 'once' | 'twice'>({ max: REMEMBERED_KEYS })
  return {
    isSecond(key) {
      const isSecond = uses.get(key) === 'once'
      // Taking the only key out would clear all the places there are: 34 µs.
      uses.set(key, isSecond ? 'twice' : 'once')
      return isSecond
    },
  }
}
