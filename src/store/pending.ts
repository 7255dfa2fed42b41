import type { Entry, Key } from './store.ts'

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

interface Pending {
  readonly intent: Intent
  readonly bytes: number
  readonly orders: number
}

/** Starts with no orders. */
export function createPendingOrders(): PendingOrders {
  const pending = new Map<Key, Pending>()
  let queued = 0
  return {
    find: (key) => pending.get(key)?.intent,
    add(key, intent, bytes) {
      if (queued + bytes > QUEUE_BYTES) return false
      const before = pending.get(key)
      queued += bytes
      const orders = (before?.orders ?? 0) + 1
      pending.set(key, { intent, bytes: (before?.bytes ?? 0) + bytes, orders })
      return true
    },
    settle(key) {
      const now = pending.get(key)
      if (now === undefined) return
      if (now.orders > 1) {
        pending.set(key, { ...now, orders: now.orders - 1 })
        return
      }
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
