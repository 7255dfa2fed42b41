import SqliteDatabase from 'better-sqlite3'
import { beforeEach, describe, expect, it } from 'vitest'
import { packFrames } from '../../src/store/codec.ts'
import { createJournal, type Journal } from '../../src/store/journal.ts'
import { createTables, TABLE } from '../../src/store/schema.ts'
import type { Entry } from '../../src/store/store.ts'
import type { Writer, WriterReport } from '../../src/store/writer.ts'
import { createManualClock, type ManualClock } from '../support/clock.ts'
import { entryOf, keyOf, noiseOf } from './entries.ts'
import { createWriterHere, NO_LOG } from './writer-here.ts'

let database: SqliteDatabase.Database
let clock: ManualClock
let reports: WriterReport[]
let writer: Writer

beforeEach(() => {
  database = new SqliteDatabase(':memory:')
  createTables(database)
  clock = createManualClock()
  reports = []
  const report = (message: WriterReport) => void reports.push(message)
  writer = createWriterHere({ database, clock, report })
})

function put({ frames, ...meta }: Entry): void {
  writer.take({ kind: 'put', item: { meta, packed: packFrames(frames) } })
}

const events = () => reports.flatMap((report) => (report.kind === 'event' ? [report.event] : []))
const countRows = () =>
  (database.prepare(`SELECT count(*) AS n FROM ${TABLE.entries}`).get() as { n: number }).n
const settled = () => reports.flatMap((report) => (report.kind === 'settled' ? report.keys : []))

const committed = () =>
  events().flatMap((event) => (event.kind === 'committed' ? [event.rows] : []))
const putMany = (from: number, to: number) => {
  for (let n = from; n <= to; n++) put(entryOf(n))
}

describe('what waits is written', () => {
  it('when it is 64 rows, and not before: a piece at once, and one after each rest of a millisecond', () => {
    putMany(1, 63)
    expect(countRows()).toBe(0)
    put(entryOf(64))
    expect(committed()).toEqual([16])
    clock.advance(1)
    expect(committed()).toEqual([16, 16])
    clock.advance(10)
    expect(committed()).toEqual([16, 16, 16, 16])
    expect(settled()).toEqual(Array.from({ length: 64 }, (_, n) => keyOf(n + 1)))
    expect(clock.pending()).toBe(0)
  })

  it('when it is 1 MiB; of large ones there is one to a piece', () => {
    put(entryOf(1, { frames: [Buffer.alloc(1024 * 1024 - 9)] }))
    expect(countRows()).toBe(0)
    put(entryOf(2, { frames: [Buffer.alloc(1)] }))
    expect(committed()).toEqual([1])
    clock.advance(1)
    expect(committed()).toEqual([1, 1])
  })

  it('in pieces that do not wait for more while there are some left', () => {
    putMany(1, 20)
    clock.advance(30)
    expect(committed()).toEqual([16])
    put(entryOf(21))
    clock.advance(1)
    expect(committed()).toEqual([16, 5])
    put(entryOf(22))
    clock.advance(29)
    expect(committed()).toEqual([16, 5])
    clock.advance(1)
    expect(committed()).toEqual([16, 5, 1])
  })

  it('without a rest where it is much, until it is not', () => {
    putMany(1, 64)
    putMany(65, 64 + 16 + 255 - 64)
    expect(committed()).toEqual([16])
    put(entryOf(999))
    expect(committed()).toEqual([16, 64, 16])
    clock.advance(1)
    expect(committed()).toEqual([16, 64, 16, 16])
  })

  it('with the core given away where it was had for 0.15 ms, but not where there was much, nor where somebody waits', () => {
    // Each row takes a tenth of a millisecond.
    let spentMs = 0
    database.function('spend', () => {
      spentMs += 0.1
    })
    database.exec(`CREATE TEMP TRIGGER takes_time AFTER INSERT ON ${TABLE.entries}
      BEGIN SELECT spend(); END`)
    const slow = { ...clock, monotonic: () => clock.monotonic() + spentMs }
    let yields = 0
    const report = (message: WriterReport) => void reports.push(message)
    writer = createWriterHere({ database, clock: slow, report, yieldCore: () => void yields++ })
    putMany(1, 64)
    expect({ rows: countRows(), yields }).toEqual({ rows: 16, yields: 8 })
    clock.advance(3)
    expect({ rows: countRows(), yields }).toEqual({ rows: 64, yields: 32 })
    put(entryOf(65))
    writer.take({ kind: 'flush', ticket: 1 })
    expect({ rows: countRows(), yields }).toEqual({ rows: 65, yields: 32 })
    putMany(101, 101 + 16 + 255)
    clock.advance(100)
    expect({ rows: countRows(), yields }).toEqual({ rows: 65 + 272, yields: 32 + 8 })
    putMany(501, 516)
    clock.advance(30)
    expect({ rows: countRows(), yields }).toEqual({ rows: 65 + 272 + 16, yields: 32 + 8 + 8 })
  })

  it('30 ms after its first order, however many follow', () => {
    put(entryOf(1))
    clock.advance(29)
    put(entryOf(2))
    expect(countRows()).toBe(0)
    clock.advance(1)
    expect(events()).toEqual([{ kind: 'committed', rows: 2 }])
  })

  it('at once when somebody waits for it', () => {
    put(entryOf(1))
    writer.take({ kind: 'flush', ticket: 7 })
    expect(countRows()).toBe(1)
    expect(reports.at(-1)).toEqual({ kind: 'flushed', ticket: 7 })
  })

  it('when the writer closes, and the database with it', () => {
    put(entryOf(1))
    writer.take({ kind: 'close' })
    expect(events()).toEqual([{ kind: 'committed', rows: 1 }])
    expect(reports.at(-1)).toEqual({ kind: 'closed' })
    expect(database.open).toBe(false)
  })
})

describe('the writer', () => {
  it('reports the totals with each batch', () => {
    put(entryOf(1))
    put(entryOf(2, { kind: 'vision' }))
    put(entryOf(1))
    clock.advance(50)
    const last = reports.findLast((report) => report.kind === 'settled')
    const amount = { entries: 1, bytes: expect.any(Number) }
    expect(last?.totals).toEqual({ text: amount, vision: amount })
  })

  it('takes the body away with the entry', () => {
    put(entryOf(1))
    writer.take({ kind: 'remove', key: keyOf(1) })
    clock.advance(50)
    const left = database.prepare(`SELECT count(*) AS n FROM ${TABLE.bodies}`).get()
    expect(left).toEqual({ n: 0 })
  })

  it('leaves out a row that the tables refuse, and writes the others', () => {
    put(entryOf(1))
    put(entryOf(2, { costMs: Number.NaN }))
    put(entryOf(3, { tokens: 1.5 }))
    put(entryOf(4))
    clock.advance(50)
    expect(countRows()).toBe(2)
    expect(events()).toEqual([
      { kind: 'committed', rows: 2 },
      { kind: 'dropped' },
      { kind: 'dropped' },
    ])
    expect(settled()).toEqual([1, 2, 3, 4].map(keyOf))
  })

  it('leaves out an entry larger than the log may be, and says so', () => {
    const report = (message: WriterReport) => void reports.push(message)
    writer = createWriterHere({ database, clock, report, logBytes: 50_000 })
    put(entryOf(1, { frames: [noiseOf(1, 60_000)] }))
    put(entryOf(2))
    clock.advance(50)
    expect(countRows()).toBe(1)
    expect(settled()).toEqual([keyOf(1), keyOf(2)])
    expect(events()).toContainEqual({ kind: 'dropped' })
  })
})

describe('when the database is full', () => {
  const fill = () => {
    const used = database.pragma('page_count', { simple: true })
    database.pragma(`max_page_count = ${used}`)
    put(entryOf(1, { frames: [noiseOf(1, 100_000)] }))
    clock.advance(50)
  }

  it('a batch fails as a whole, is given up and reported', () => {
    fill()
    expect(countRows()).toBe(0)
    expect(events()).toEqual([{ kind: 'write-failed', reason: 'SQLITE_FULL' }])
    expect(settled()).toEqual([keyOf(1)])
  })

  it('nothing is tried for 10 s, and each entry of that time is counted as dropped', () => {
    fill()
    database.pragma('max_page_count = 10000')
    put(entryOf(2))
    put(entryOf(3))
    clock.advance(9_000)
    expect(countRows()).toBe(0)
    expect(events().slice(1)).toEqual([{ kind: 'dropped' }, { kind: 'dropped' }])
  })

  it('the first batch after that says that writing works again', () => {
    fill()
    database.pragma('max_page_count = 10000')
    clock.advance(10_000)
    put(entryOf(2))
    clock.advance(50)
    expect(events().slice(1)).toEqual([{ kind: 'recovered' }, { kind: 'committed', rows: 1 }])
  })

  it('and still is after 10 s, writing stays off for as long again', () => {
    fill()
    clock.advance(10_000)
    put(entryOf(2, { frames: [noiseOf(2, 100_000)] }))
    clock.advance(50)
    put(entryOf(3))
    clock.advance(50)
    expect(events().slice(1)).toEqual([
      { kind: 'write-failed', reason: 'SQLITE_FULL' },
      { kind: 'dropped' },
    ])
  })

  it('room is asked for, so that the next attempt finds some', () => {
    let asked = 0
    const report = (message: WriterReport) => void reports.push(message)
    writer = createWriterHere({ database, clock, report, makeRoom: () => void asked++ })
    fill()
    expect(asked).toBe(1)
  })
})

describe('when the disk fails', () => {
  it('nothing is tried for 10 s, then entries are written again', () => {
    let isFailing = true
    const journal = createJournal(database, '', NO_LOG)
    const commit: Journal['commit'] = (act) => {
      if (isFailing) throw new SqliteDatabase.SqliteError('disk I/O error', 'SQLITE_IOERR_WRITE')
      return journal.commit(act)
    }
    const report = (message: WriterReport) => void reports.push(message)
    writer = createWriterHere({ database, clock, report, journal: { ...journal, commit } })
    put(entryOf(1))
    clock.advance(50)
    expect(events()).toEqual([{ kind: 'write-failed', reason: 'SQLITE_IOERR_WRITE' }])
    isFailing = false
    clock.advance(10_000)
    put(entryOf(2))
    clock.advance(50)
    expect(events().slice(1)).toEqual([{ kind: 'recovered' }, { kind: 'committed', rows: 1 }])
    expect(countRows()).toBe(1)
  })
})
