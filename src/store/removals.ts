import type { EvictionReason, StoreEvent } from './events.ts'

/** Counts rows as they are removed, and tells of them together. */
export interface Removals {
  add(reason: EvictionReason, rows: number): void
  /** Tells what was removed since the last time; true where that was anything. */
  tell(): boolean
}

/** Starts with nothing removed. */
export function createRemovals(tell: (event: StoreEvent) => void): Removals {
  const counts = new Map<EvictionReason, number>()
  return {
    add(reason, rows) {
      if (rows > 0) counts.set(reason, (counts.get(reason) ?? 0) + rows)
    },
    tell() {
      const told = [...counts]
      counts.clear()
      for (const [reason, rows] of told) tell({ kind: 'removed', reason, rows })
      return told.length > 0
    },
  }
}
