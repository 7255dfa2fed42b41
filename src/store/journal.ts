import { statSync } from 'node:fs'
import SqliteDatabase, { type Database } from 'better-sqlite3'
import type { Layout } from './layout.ts'
import { PAGE_BYTES } from './schema.ts'

/**
 * Transactions, and the write-ahead log they grow, kept to its share of the budget: a log that has reached it is folded
 * back; its file stays, and is written from the beginning again. Where a reader keeps it from being folded back until
 * it is overfull, the next transaction waits for the reader: a log that nobody folds back would grow past every budget.
 */
export interface Journal {
  /** Runs `act` in one transaction. Throws a SQLITE_BUSY where a reader does not end, and what else SQLite throws. */
  commit<T>(act: () => T): T
  /** The same for what SQLite runs as a transaction of its own. */
  runAlone(act: () => unknown): void
  /** Folds back less than its share: for who has the time, so that it never takes long. */
  ease(): void
  /** Folds the log back into the database and cuts it to nothing. Throws what SQLite throws. */
  fold(): void
  /** Throws a SQLITE_CORRUPT where the file is shorter than it was left. */
  verifySize(): void
}

/** Pages in the log, and how many of them are in the database too; each -1 without a log. */
interface LogPages {
  readonly log: number
  readonly checkpointed: number
}

/** Each wait is as long as the connection waits for a lock: 250 ms in the thread, 2 s in all. */
const MOST_WAITS = 8

/** What of a layout it keeps to. */
export type LogLimits = Pick<Layout, 'logBytes' | 'foldBytes' | 'overfullBytes'>

/** For the one connection that writes; `path` is that of the database. */
export function createJournal(database: Database, path: string, limits: LogLimits): Journal {
  const { logBytes, foldBytes, overfullBytes } = limits
  const look = database.prepare('PRAGMA wal_checkpoint(NOOP)')
  const foldOn = database.prepare('PRAGMA wal_checkpoint(PASSIVE)')
  const pages = (): LogPages => look.get() as LogPages
  let leftBytes = sizeOf(path)

  function foldBy(checkpoint: () => unknown): void {
    verifySize()
    checkpoint()
    leftBytes = sizeOf(path)
  }

  const fold = (): void => foldBy(() => database.pragma('wal_checkpoint(TRUNCATE)'))

  function foldFrom(bytes: number): void {
    const { log, checkpointed } = pages()
    if ((log - checkpointed) * PAGE_BYTES >= bytes) foldBy(() => foldOn.get())
  }

  function verifySize(): void {
    // Only this connection ever makes the file shorter. SQLite would go on writing into the hole.
    if (sizeOf(path) >= leftBytes) return
    throw new SqliteDatabase.SqliteError('the file was cut from outside', 'SQLITE_CORRUPT_CUT')
  }

  function waitForReaders(): void {
    for (let waits = 0; pages().log * PAGE_BYTES > overfullBytes; waits++) {
      if (waits === MOST_WAITS)
        throw new SqliteDatabase.SqliteError('a reader keeps the log', 'SQLITE_BUSY')
      fold()
    }
  }

  function run<T>(act: () => T): T {
    waitForReaders()
    const result = act()
    foldFrom(logBytes)
    return result
  }

  const transact = createTransactions(database)
  return {
    commit: (act) => run(() => transact(act)),
    runAlone: run,
    ease: () => foldFrom(foldBytes),
    fold,
    verifySize,
  }
}

/** Runs what it is given in one transaction each. `database.transaction` makes a function anew for each: 10 µs. */
function createTransactions(database: Database): <T>(act: () => T) => T {
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const rollBack = database.prepare('ROLLBACK')
  return (act) => {
    begin.run()
    try {
      const result = act()
      commit.run()
      return result
    } catch (error) {
      // Some faults end a transaction by themselves.
      if (database.inTransaction) rollBack.run()
      throw error
    }
  }
}

/** Bytes of a file; none where there is none. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
