import type { Database } from 'better-sqlite3'
import type { Clock, Timer } from '../clock.ts'
import type { EvictionReason, StoreEvent } from './events.ts'
import { TABLE } from './schema.ts'
import { RETRY_AFTER_MS, toReason } from './writer.ts'

/** Rows removed in one transaction: 200 take 2 ms, 1 000 would take 31. */
const SLICE_ROWS = 200
/** Pause between slices, so that writes come in between, in ms. */
const SLICE_PAUSE_MS = 100
/** The longest wait for the next expiry, in ms: a timer of Node cannot be longer than 24 days. */
const LONGEST_WAIT_MS = 3_600_000
/** Past this share of the budget the oldest rows go. */
const ROOM_SHARE = 0.9

/** Removes what is too old or too much, a slice at a time. */
export interface Eviction {
  /** Starts removing by age; until then nothing is. */
  start(): void
  /** Removes by room where the budget asks for it. */
  makeRoom(): void
  stop(): void
}

/** What it needs of the rest. */
export interface EvictionOptions {
  readonly database: Database
  readonly clock: Clock
  readonly maxBytes: number
  tell(event: StoreEvent): void
  /** Called after rows were removed. */
  onRemoved(): void
}

/** Waits for the next expiry rather than looking for it again and again. */
export function createEviction(options: EvictionOptions): Eviction {
  const { database, clock, tell } = options
  const { dropExpired, nextExpiry, dropOldest } = prepare(database)
  let ageTimer: Timer | undefined
  let roomTimer: Timer | undefined

  function sweep(): void {
    const waitMs = attempt(() => {
      const rows = report('expired', dropExpired.run(clock.now()).changes)
      return rows === SLICE_ROWS ? SLICE_PAUSE_MS : untilNextExpiry()
    })
    ageTimer = clock.startTimer(waitMs ?? RETRY_AFTER_MS, sweep)
  }

  function untilNextExpiry(): number {
    const { at } = nextExpiry.get() as { at: number | null }
    if (at === null) return LONGEST_WAIT_MS
    return Math.min(Math.max(at - clock.now(), SLICE_PAUSE_MS), LONGEST_WAIT_MS)
  }

  function makeRoom(): void {
    roomTimer?.cancel()
    roomTimer = undefined
    const rows = attempt(() => {
      if (usedBytes(database) <= options.maxBytes * ROOM_SHARE) return 0
      return report('room', dropOldest.run().changes)
    })
    if (rows) roomTimer = clock.startTimer(SLICE_PAUSE_MS, makeRoom)
  }

  function report(reason: EvictionReason, rows: number): number {
    if (rows > 0) tell({ kind: 'removed', reason, rows })
    if (rows > 0) options.onRemoved()
    return rows
  }

  /** Nothing of a fault but an event: what throws in a timer would end the thread. */
  function attempt(act: () => number): number | undefined {
    try {
      return act()
    } catch (error) {
      tell({ kind: 'write-failed', reason: toReason(error) })
      return undefined
    }
  }

  return {
    start() {
      sweep()
      makeRoom()
    },
    makeRoom,
    stop() {
      ageTimer?.cancel()
      roomTimer?.cancel()
    },
  }
}

function prepare(database: Database) {
  const { entries } = TABLE
  return {
    dropExpired: database.prepare(
      `DELETE FROM ${entries} WHERE id IN
         (SELECT id FROM ${entries} WHERE expires_at <= ? ORDER BY expires_at LIMIT ${SLICE_ROWS})`,
    ),
    nextExpiry: database.prepare(`SELECT min(expires_at) AS at FROM ${entries}`),
    dropOldest: database.prepare(
      `DELETE FROM ${entries} WHERE id IN (SELECT id FROM ${entries} ORDER BY id LIMIT ${SLICE_ROWS})`,
    ),
  }
}

/** Bytes of the pages in use; free pages are used again before the file grows. */
function usedBytes(database: Database): number {
  const read = (name: string): number => Number(database.pragma(name, { simple: true }))
  return (read('page_count') - read('freelist_count')) * read('page_size')
}
