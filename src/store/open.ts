import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { RepriseError } from '../errors.ts'
import { isDamage, toReason } from './damage.ts'
import type { StoreEvent } from './events.ts'
import { deleteOldSchemas } from './old-schemas.ts'
import { type DirectoryLock, lockDirectory } from './ownership.ts'
import {
  configureConnection,
  createTables,
  DATABASE_NAME,
  probeTables,
  readOwnership,
} from './schema.ts'

/** A data directory that is ours, with a database that can be read. */
export interface OpenedDirectory {
  readonly path: string
  /** None is needed where nobody can write. */
  readonly lock: DirectoryLock | undefined
  readonly access: 'read-write' | 'read-only'
}

/**
 * Makes a data directory ready: locks it, refuses somebody else's database (throws
 * `foreign-database`), moves a damaged one aside, and makes the tables. Where it cannot be written, what
 * is there is opened to be read, with an event. Undefined, with an event, where the directory cannot be
 * used: the cache then lives in memory only.
 */
export function openDirectory(
  dataDir: string,
  now: number,
  tell: (event: StoreEvent) => void,
): OpenedDirectory | undefined {
  let lock: DirectoryLock | undefined
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    lock = lockDirectory(dataDir)
    if (lock === undefined) {
      tell({ kind: 'locked-by-other', path: dataDir })
      return undefined
    }
    deleteOldSchemas(dataDir, now)
    return { path: prepareFile(join(dataDir, DATABASE_NAME), tell), lock, access: 'read-write' }
  } catch (error) {
    lock?.release()
    if (error instanceof RepriseError) throw error
    const reason = toReason(error)
    const path = join(dataDir, DATABASE_NAME)
    const isReadable = mayBeRead(path)
    tell({ kind: isReadable ? 'read-only' : 'unavailable', path: dataDir, reason })
    return isReadable ? { path, lock: undefined, access: 'read-only' } : undefined
  }
}

/** Whether there is a sound database of ours, though nothing can be written beside it. */
function mayBeRead(path: string): boolean {
  if (!existsSync(path)) return false
  try {
    const database = new SqliteDatabase(path, { readonly: true, timeout: 0 })
    try {
      probeTables(database)
      return readOwnership(database) === 'ours'
    } finally {
      database.close()
    }
  } catch {
    return false
  }
}

function prepareFile(path: string, tell: (event: StoreEvent) => void): string {
  try {
    makeTables(path)
  } catch (error) {
    if (!isDamage(toReason(error))) throw error
    tell({ kind: 'moved-aside', path: moveAside(path) })
    makeTables(path)
  }
  return path
}

function makeTables(path: string): void {
  const database = new SqliteDatabase(path, { timeout: 0 })
  try {
    if (readOwnership(database) === 'foreign') {
      throw new RepriseError(
        'foreign-database',
        `${path} is a database of another program; name another data directory with --data-dir or REPRISE_DATA_DIR`,
      )
    }
    chmodSync(path, 0o600)
    createTables(database)
    configureConnection(database)
    probeTables(database)
  } finally {
    database.close()
  }
}

/**
 * Renames a damaged database and gives its new path; an earlier one that was moved aside is replaced.
 * Throws what the file system throws.
 */
export function moveAside(path: string): string {
  const target = `${path}.damaged`
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
  rmSync(target, { force: true, recursive: true })
  renameSync(path, target)
  return target
}
