import SqliteDatabase, { type Database } from 'better-sqlite3'
import type { Clock } from '../clock.ts'
import { KEY_VERSION } from '../ollama/key.ts'
import { type Answerer, createAnswerer } from './answerer.ts'
import { createChores } from './chores.ts'
import { toReason } from './damage.ts'
import { createJournal, type Journal } from './journal.ts'
import { toLayout } from './layout.ts'
import { createListings } from './listing.ts'
import type { Question } from './question.ts'
import { createReader } from './reader.ts'
import { createRemembered } from './remembered.ts'
import { createRows } from './rows.ts'
import { createTotals, type Totals } from './totals.ts'
import { createUpkeep, type Upkeep } from './upkeep.ts'
import { limitPages } from './vacuum.ts'
import { createWriter, type Writer, type WriterOrder, type WriterReport } from './writer.ts'

/** What the thread is told: the writer's orders, questions, and what may be removed. */
export type KeeperOrder =
  | WriterOrder
  | { readonly kind: 'ask'; readonly ticket: number; readonly question: Question }
  /** Removal by age may begin. */
  | { readonly kind: 'sweep' }
  | { readonly kind: 'digests'; readonly known: ReadonlySet<string> }
  /** The file looked shorter from outside: see whether it is. */
  | { readonly kind: 'verify' }

/** What the thread tells. */
export type KeeperReport =
  | WriterReport
  | { readonly kind: 'answered'; readonly ticket: number; readonly answer: unknown }
  | { readonly kind: 'refused'; readonly ticket: number; readonly reason: string }

/** Keeps one database: writes it, removes from it, answers for it. */
export interface Keeper {
  take(order: KeeperOrder): void
}

/** What it needs of the rest. */
export interface KeeperOptions {
  /** The connection, configured; the only one that writes. */
  readonly database: Database
  readonly path: string
  readonly clock: Clock
  /** Budget of all files together, in bytes. */
  readonly maxBytes: number
  /** Share of the budget that embeddings may take, from 0 to 1. */
  readonly embeddingShare: number
  /** How long expired entries may still be given stale, in ms. */
  readonly staleMs: number
  random(count: number): Buffer
  /** Lets whoever waits for the core have it, for a moment. */
  yieldCore(): void
  report(report: KeeperReport): void
}

/** The note that says how the keys in this file were made. */
const KEY_VERSION_NOTE = 'key-version'

/** Of a database that is written. Throws what SQLite throws where that cannot begin. */
export function createKeeper(options: KeeperOptions): Keeper {
  const { database, path, clock, report, random, yieldCore } = options
  const layout = toLayout(options.maxBytes, options.embeddingShare)
  limitPages(database, layout)
  const journal = createJournal(database, path, layout)
  const remembered = createRemembered()
  const rows = createRows(database, remembered)
  const readTotals = createTotals(database)
  const totals = (): Totals => attempt(readTotals) ?? {}
  const tell = (event: Parameters<typeof toEvent>[0]): void => report(toEvent(event))
  const onRemoved = (): void => report({ kind: 'settled', keys: [], totals: totals() })
  const { staleMs } = options
  const common = { database, journal, rows, layout, clock, remembered, staleMs }
  const upkeep = createUpkeep({ ...common, random, yieldCore, tell, onRemoved })
  const writer = createWriter({
    ...{ rows, journal, clock, report, logBytes: layout.logBytes },
    yieldCore,
    readTotals: totals,
    reserve: upkeep.reserve.bind(upkeep),
    makeRoom: () => upkeep.makeRoom(),
    close: () => closeDatabase(database, journal),
  })
  const listings = createListings(database, clock.now)
  const answerer = createAnswerer({
    ...{ database, path, listings, random, chores: upkeep.chores },
    lastId: () => rows.lastId,
    purge: (filter) => upkeep.purge(filter),
    expire: () => upkeep.expire(),
  })
  const keptVersion = createReader(database).readNote(KEY_VERSION_NOTE)
  if (keptVersion !== undefined && keptVersion !== KEY_VERSION) upkeep.abandonAll()
  // Where it cannot be written now, the next start does so.
  if (keptVersion !== KEY_VERSION)
    attempt(() => journal.commit(() => rows.putNote(KEY_VERSION_NOTE, KEY_VERSION)))
  upkeep.makeRoom()
  return new WritingKeeper({ writer, upkeep, answerer, journal, report })
}

interface KeeperParts {
  readonly writer: Writer
  readonly upkeep: Upkeep
  readonly answerer: Answerer
  readonly journal: Journal
  report(report: KeeperReport): void
}

class WritingKeeper implements Keeper {
  readonly #parts: KeeperParts

  constructor(parts: KeeperParts) {
    this.#parts = parts
  }

  take(order: KeeperOrder): void {
    const { writer, upkeep, answerer, report } = this.#parts
    switch (order.kind) {
      case 'ask':
        // What was put before the question is part of the answer.
        writer.commit()
        answer(answerer, order, report)
        break
      case 'sweep':
        upkeep.startSweeping()
        break
      case 'digests':
        writer.commit()
        upkeep.setDigests(order.known)
        break
      case 'verify':
        this.#verify()
        break
      case 'close':
        upkeep.stop()
        writer.take(order)
        break
      default:
        writer.take(order)
    }
  }

  #verify(): void {
    try {
      this.#parts.journal.verifySize()
    } catch (error) {
      this.#parts.report(toEvent({ kind: 'write-failed', reason: toReason(error) }))
    }
  }
}

/** Of a database that can only be read: nothing is written, questions are answered. */
export function createReadingKeeper(options: KeeperOptions): Keeper {
  const { database, path, clock, report, random, yieldCore } = options
  const refuse = () =>
    Promise.reject(new SqliteDatabase.SqliteError('the database is read-only', 'SQLITE_READONLY'))
  const answerer = createAnswerer({
    ...{ database, path, random },
    chores: createChores(clock, { onSlice() {}, yieldCore }),
    listings: createListings(database, clock.now),
    lastId: () => Number.MAX_SAFE_INTEGER,
    purge: refuse,
    expire: refuse,
  })
  return {
    take(order) {
      if (order.kind === 'ask') answer(answerer, order, report)
      if (order.kind === 'flush') report({ kind: 'flushed', ticket: order.ticket })
      if (order.kind !== 'close') return
      database.close()
      report({ kind: 'closed' })
    },
  }
}

function answer(
  answerer: Answerer,
  { ticket, question }: Extract<KeeperOrder, { kind: 'ask' }>,
  report: (report: KeeperReport) => void,
): void {
  answerer.answer(question).then(
    (given) => report({ kind: 'answered', ticket, answer: given }),
    (error: unknown) => report({ kind: 'refused', ticket, reason: toReason(error) }),
  )
}

function toEvent(event: Extract<WriterReport, { kind: 'event' }>['event']): WriterReport {
  return { kind: 'event', event }
}

/**
 * Leaves one file that needs nothing beside it: a database that is still in WAL mode cannot be opened
 * from a disk that has become read-only, where its log cannot be made.
 */
function closeDatabase(database: Database, journal: Journal): void {
  try {
    journal.fold()
    database.pragma('journal_mode = DELETE')
  } finally {
    database.close()
  }
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}
