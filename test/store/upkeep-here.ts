import SqliteDatabase, { type Database } from 'better-sqlite3'
import { packFrames } from '../../src/store/codec.ts'
import type { StoreEvent } from '../../src/store/events.ts'
import { createJournal, type Journal } from '../../src/store/journal.ts'
import { toLayout } from '../../src/store/layout.ts'
import { createRemembered } from '../../src/store/remembered.ts'
import { createRows, type Rows, toStoredRow } from '../../src/store/rows.ts'
import { createTables, TABLE } from '../../src/store/schema.ts'
import type { Entry } from '../../src/store/store.ts'
import { createUpkeep, type Upkeep } from '../../src/store/upkeep.ts'
import { createManualClock, type ManualClock } from '../support/clock.ts'
import { entryOf, keyOf, STORED_AT } from './entries.ts'
import { NO_LOG } from './writer-here.ts'

/** A database in memory with everything that removes from it, in this thread and by hand. */
export interface UpkeepHere {
  readonly database: Database
  readonly clock: ManualClock
  readonly upkeep: Upkeep
  readonly rows: Rows
  readonly journal: Journal
  readonly events: StoreEvent[]
  /** Delays of the timers that were started, in ms. */
  readonly delays: number[]
  /** Puts the entries `from` to `to`. */
  fill(from: number, to: number, changes?: Partial<Entry>): void
  /** Moves the clock on, and does what then is to be done. */
  pass(ms: number): Promise<void>
  /** How many rows a table has. */
  count(table?: keyof typeof TABLE): number
  has(n: number): boolean
  /** Rows removed, by reason. */
  removed(): Record<string, number>
}

/** What a test chooses. */
export interface UpkeepChoices {
  readonly maxBytes?: number
  readonly embeddingShare?: number
  readonly staleMs?: number
}

/** Random bytes that are the same in each run. */
export function createRandom(seed = 1): (count: number) => Buffer {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) & 0xff
  }
  return (count) => Buffer.from(Array.from({ length: count }, next))
}

/** Starts with nothing stored, on 1 January 2026. */
export function createUpkeepHere(choices: UpkeepChoices = {}): UpkeepHere {
  const { maxBytes = 1024 ** 3, embeddingShare = 0.25, staleMs = 0 } = choices
  const database = new SqliteDatabase(':memory:')
  createTables(database)
  const clock = createManualClock(STORED_AT)
  const events: StoreEvent[] = []
  const delays: number[] = []
  const remembered = createRemembered()
  const journal = createJournal(database, '', NO_LOG)
  const rows = createRows(database, remembered)
  const upkeep = createUpkeep({
    yieldCore() {},
    ...{ database, journal, rows, remembered, staleMs, random: createRandom() },
    layout: toLayout(maxBytes, embeddingShare),
    clock: {
      ...clock,
      startTimer(delayMs, run) {
        delays.push(delayMs)
        return clock.startTimer(delayMs, run)
      },
    },
    tell: (event) => void events.push(event),
    onRemoved() {},
  })
  const count = (table: keyof typeof TABLE = 'entries') =>
    database.prepare(`SELECT count(*) FROM ${TABLE[table]}`).pluck().get() as number
  return {
    ...{ database, clock, upkeep, rows, journal, events, delays, count },
    fill(from, to, changes = {}) {
      const put = () => {
        for (let n = from; n <= to; n++) {
          const { frames, ...meta } = entryOf(n, changes)
          rows.put(toStoredRow(meta, packFrames(frames)))
        }
      }
      journal.commit(() => rows.together(put))
    },
    async pass(ms) {
      clock.advance(ms)
      for (let turn = 0; turn < 20; turn++) {
        await new Promise((resolve) => setImmediate(resolve))
        clock.advance(0)
      }
    },
    has: (n) =>
      database
        .prepare(`SELECT 1 FROM ${TABLE.entries} WHERE key = ?`)
        .get(Buffer.from(keyOf(n), 'hex')) !== undefined,
    removed() {
      const counts: Record<string, number> = {}
      for (const event of events) {
        if (event.kind !== 'removed') continue
        counts[event.reason] = (counts[event.reason] ?? 0) + event.rows
      }
      return counts
    },
  }
}
