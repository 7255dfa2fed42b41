import { randomBytes } from 'node:crypto'
import SqliteDatabase, { type Database } from 'better-sqlite3'
import { packFrames } from '../../src/store/codec.ts'
import type { StoreEvent } from '../../src/store/events.ts'
import { createKeeper, type Keeper, type KeeperReport } from '../../src/store/keeper.ts'
import { configureConnection, createTables } from '../../src/store/schema.ts'
import type { Entry } from '../../src/store/store.ts'
import { createManualClock, type ManualClock } from '../support/clock.ts'
import { keyOf } from './entries.ts'
import { runLastly } from './sqlite-here.ts'

/** What the thread does, in this one, by a clock that is moved by hand. */
export interface KeeperHere {
  readonly keeper: Keeper
  readonly clock: ManualClock
  readonly database: Database
  readonly reports: KeeperReport[]
  /** Puts entries and writes them at once. */
  put(...entries: Entry[]): void
  has(n: number): boolean
  events(kind: StoreEvent['kind']): StoreEvent[]
}

/** On a file; closed after the test. */
export function createKeeperHere(path: string, maxBytes = 256 * 1024 * 1024): KeeperHere {
  const database = new SqliteDatabase(path, { timeout: 0 })
  createTables(database)
  configureConnection(database)
  database.pragma('wal_autocheckpoint = 0')
  const clock = createManualClock(Date.now())
  const reports: KeeperReport[] = []
  const keeper = createKeeper({
    ...{ database, path, clock, maxBytes, embeddingShare: 0.25, staleMs: 0, random: randomBytes },
    yieldCore() {},
    report: (report) => void reports.push(report),
  })
  runLastly(() => void database.close())
  return {
    ...{ keeper, clock, database, reports },
    put(...entries) {
      for (const { frames, ...meta } of entries)
        keeper.take({ kind: 'put', item: { meta, packed: packFrames(frames) } })
      keeper.take({ kind: 'flush', ticket: 0 })
    },
    has: (n) =>
      database.prepare('SELECT 1 FROM entries WHERE key = ?').get(Buffer.from(keyOf(n), 'hex')) !==
      undefined,
    events: (kind) =>
      reports.flatMap((report) =>
        report.kind === 'event' && report.event.kind === kind ? [report.event] : [],
      ),
  }
}
