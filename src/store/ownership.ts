import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import SqliteDatabase, { type Database } from 'better-sqlite3'

/** The name of the lock in the data directory. */
const LOCK_NAME = 'owner.lock'

/** The right to write in a data directory, held until it is released or the process ends in any way. */
export interface DirectoryLock {
  release(): void
}

/**
 * Takes the exclusive lock of a data directory; undefined where another process holds it. It is
 * SQLite's own file lock, which the kernel drops with the process: nothing stale survives a kill -9.
 * Throws what SQLite throws where the directory cannot be written.
 */
export function lockDirectory(dataDir: string): DirectoryLock | undefined {
  const path = join(dataDir, LOCK_NAME)
  const database = new SqliteDatabase(path, { timeout: 0 })
  try {
    // Nothing is ever written: no journal file beside it.
    database.pragma('journal_mode = MEMORY')
    database.exec('BEGIN EXCLUSIVE')
    chmodSync(path, 0o600)
    return { release: () => release(database) }
  } catch (error) {
    database.close()
    if ((error as { code?: unknown }).code === 'SQLITE_BUSY') return undefined
    throw error
  }
}

function release(database: Database): void {
  database.exec('ROLLBACK')
  database.close()
}
