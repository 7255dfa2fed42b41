import { PassingMap } from '../passing-map.ts'
import type { Entry, Key, Sight } from './store.ts'

/** Orders on their way to the writer may take so many bytes; what comes then is dropped. */
const QUEUE_BYTES = 64 * 1024 * 1024

/** What the orders that wait say of a key: the entry to be written, or that it goes. */
export type Intent = Entry | 'removed'

/** Orders that the writer has not settled: what they say goes before what the database says. */
export interface PendingOrders {
  find(key: Key): Intent | undefined
  /** Notes an order that takes so many bytes; false, and nothing noted, where the queue is full. */
  add(key: Key, intent: Intent, bytes: number): boolean
  /** One order for the key is done; the key stays known until the last one is. */
  settle(key: Key): void
  /** What the orders that wait take. */
  readonly bytes: number
  clear(): void
}

/** What is seen of a key of which the database says `seen`. */
export function toSight(intent: Intent | undefined, seen: Sight): Sight {
  if (intent === undefined) return seen
  return intent === 'removed' ? undefined : { entry: intent, tier: 'sqlite' }
}

interface Pending {
  /** Undefined once it is settled: V8's tables keep what stood in them for a while, and that may be much. */
  intent: Intent | undefined
  bytes: number
  orders: number
}

/** Starts with no orders. */
export function createPendingOrders(): PendingOrders {
  const pending = new PassingMap<Key, Pending>()
  let queued = 0
  return {
    find: (key) => pending.get(key)?.intent,
    add(key, intent, bytes) {
      if (queued + bytes > QUEUE_BYTES) return false
      queued += bytes
      const before = pending.get(key)
      if (before === undefined) pending.set(key, { intent, bytes, orders: 1 })
      else {
        before.intent = intent
        before.bytes += bytes
        before.orders += 1
      }
      return true
    },
    settle(key) {
      const now = pending.get(key)
      if (now === undefined) return
      now.orders -= 1
      if (now.orders > 0) return
      now.intent = undefined
      queued -= now.bytes
      pending.delete(key)
    },
    get bytes() {
      return queued
    },
    clear() {
      pending.clear()
      queued = 0
    },
  }
}
