import SqliteDatabase from 'better-sqlite3'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Clock } from '../../src/clock.ts'
import { packFrames } from '../../src/store/codec.ts'
import type { StoreEvent } from '../../src/store/events.ts'
import { createEviction, type Eviction } from '../../src/store/eviction.ts'
import { createTables, TABLE } from '../../src/store/schema.ts'
import { createWriter } from '../../src/store/writer.ts'
import { createManualClock, type ManualClock } from '../support/clock.ts'
import { entryOf, keyOf, noiseOf, STORED_AT } from './entries.ts'

let database: SqliteDatabase.Database
let clock: ManualClock
let events: StoreEvent[]
let eviction: Eviction
let delays: number[]

beforeEach(() => begin(1024 * 1024 * 1024))

function begin(maxBytes: number): void {
  database = new SqliteDatabase(':memory:')
  createTables(database)
  clock = createManualClock(STORED_AT)
  events = []
  delays = []
  const startTimer: Clock['startTimer'] = (delayMs, run) => {
    delays.push(delayMs)
    return clock.startTimer(delayMs, run)
  }
  const tell = (event: StoreEvent) => void events.push(event)
  eviction = createEviction({
    database,
    clock: { ...clock, startTimer },
    maxBytes,
    tell,
    onRemoved: () => {},
  })
}

/** Writes entries `from` to `to`, all in one go. */
function fill(from: number, to: number, changes: Parameters<typeof entryOf>[1] = {}): void {
  const writer = createWriter({ database, clock, report: () => {}, makeRoom: () => {} })
  for (let n = from; n <= to; n++) {
    const { frames, ...meta } = entryOf(n, changes)
    writer.take({ kind: 'put', item: { meta, packed: packFrames(frames) } })
  }
  writer.take({ kind: 'flush', ticket: 0 })
}

const countRows = (table: string) =>
  (database.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n
const hasRow = (n: number) =>
  database.prepare(`SELECT 1 FROM ${TABLE.entries} WHERE key = ?`).get(Buffer.from(keyOf(n), 'hex'))

describe('removing by age', () => {
  it('begins at the start and goes on in slices of at most 200 rows', () => {
    fill(1, 450, { expiresAt: STORED_AT - 1 })
    fill(451, 460)
    eviction.start()
    clock.advance(1_000)
    expect(events).toEqual(
      [200, 200, 50].map((rows) => ({ kind: 'removed', reason: 'expired', rows })),
    )
    expect(countRows(TABLE.entries)).toBe(10)
    expect(countRows(TABLE.bodies)).toBe(10)
  })

  it('leaves time for writes between two slices', () => {
    fill(1, 450, { expiresAt: STORED_AT - 1 })
    eviction.start()
    expect(countRows(TABLE.entries)).toBe(250)
    clock.advance(99)
    expect(countRows(TABLE.entries)).toBe(250)
    clock.advance(1)
    expect(countRows(TABLE.entries)).toBe(50)
  })

  it('takes an entry at the instant it expires, and not before', () => {
    fill(1, 1, { expiresAt: STORED_AT + 60_000 })
    eviction.start()
    clock.advance(59_999)
    expect(countRows(TABLE.entries)).toBe(1)
    clock.advance(1)
    expect(countRows(TABLE.entries)).toBe(0)
  })

  it('looks again within an hour, so that entries written meanwhile are not forgotten', () => {
    eviction.start()
    fill(1, 1, { expiresAt: STORED_AT + 60_000 })
    clock.advance(3_600_000)
    expect(countRows(TABLE.entries)).toBe(0)
  })

  it('waits when nothing expires: no look more often than it has to', () => {
    fill(1, 1, { expiresAt: STORED_AT + 50 * 24 * 3_600_000 })
    eviction.start()
    expect(delays).toEqual([3_600_000])
  })

  it('is not done before it is told to start', () => {
    fill(1, 1, { expiresAt: STORED_AT - 1 })
    clock.advance(10_000_000)
    expect(countRows(TABLE.entries)).toBe(1)
  })

  it('stops', () => {
    eviction.start()
    eviction.stop()
    expect(clock.pending()).toBe(0)
  })

  it('survives a database that fails: it says so and tries again in 10 s, not at once', () => {
    fill(1, 1, { expiresAt: STORED_AT - 1 })
    database.close()
    eviction.start()
    expect(events[0]).toMatchObject({ kind: 'write-failed' })
    const atStart = events.length
    clock.advance(9_999)
    expect(events).toHaveLength(atStart)
    clock.advance(1)
    expect(events).toHaveLength(atStart + 1)
  })
})

describe('removing for room', () => {
  const MEBIBYTE = 1024 * 1024
  const frames = [noiseOf(1, 20_000)]

  it('is not done below 90 % of the budget', () => {
    begin(10 * MEBIBYTE)
    fill(1, 400, { frames })
    eviction.makeRoom()
    expect(countRows(TABLE.entries)).toBe(400)
    expect(events).toEqual([])
  })

  it('takes the oldest entries, 200 at a time, until 90 % are not exceeded', () => {
    begin(10 * MEBIBYTE)
    fill(1, 600, { frames })
    eviction.makeRoom()
    expect(events).toEqual([{ kind: 'removed', reason: 'room', rows: 200 }])
    clock.advance(1_000)
    expect(events).toEqual([{ kind: 'removed', reason: 'room', rows: 200 }])
    expect(hasRow(200)).toBeUndefined()
    expect(hasRow(201)).toBeDefined()
  })

  it('goes on, slice after slice, when one is not enough', () => {
    begin(4 * MEBIBYTE)
    fill(1, 600, { frames })
    eviction.makeRoom()
    clock.advance(1_000)
    expect(events.length).toBe(3)
    expect(countRows(TABLE.entries)).toBe(0)
  })

  it('is done at the start too, for a budget that was lowered', () => {
    begin(10 * MEBIBYTE)
    fill(1, 600, { frames })
    eviction.start()
    expect(hasRow(200)).toBeUndefined()
  })

  it('ends when nothing is left to remove', () => {
    begin(0)
    eviction.makeRoom()
    expect(clock.pending()).toBe(0)
    expect(events).toEqual([])
  })

  it('survives a database that fails', () => {
    database.close()
    eviction.makeRoom()
    expect(events[0]).toMatchObject({ kind: 'write-failed' })
  })
})
