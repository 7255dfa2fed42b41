import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { RepriseError } from '../errors.ts'
import { isDamage } from './damage.ts'
import type { StoreEvent } from './events.ts'
import { type DirectoryLock, lockDirectory } from './ownership.ts'
import {
  configureConnection,
  createTables,
  DATABASE_NAME,
  probeTables,
  readOwnership,
  SCHEMA_VERSION,
} from './schema.ts'
import { toReason } from './writer.ts'

/** A data directory that is ours, with a database that can be read. */
export interface OpenedDirectory {
  readonly path: string
  readonly lock: DirectoryLock
}

/** Files of an older schema are deleted when nobody has written them for so long. */
const KEEP_OLD_MS = 30 * 24 * 3600 * 1000

/**
 * Makes a data directory ready: locks it, refuses somebody else's database (throws
 * `foreign-database`), moves a damaged one aside, and makes the tables. Undefined, with an event, where
 * the directory cannot be used: the cache then lives in memory only.
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
    return { path: prepareFile(join(dataDir, DATABASE_NAME), tell), lock }
  } catch (error) {
    lock?.release()
    if (error instanceof RepriseError) throw error
    tell({ kind: 'unavailable', path: dataDir, reason: toReason(error) })
    return undefined
  }
}

function prepareFile(path: string, tell: (event: StoreEvent) => void): string {
  try {
    makeTables(path)
  } catch (error) {
    if (!isDamage(toReason(error))) throw error
    replaceFile(path, tell)
  }
  return path
}

/** Moves a damaged database aside and begins a new one; throws what the file system or SQLite throws. */
export function replaceFile(path: string, tell: (event: StoreEvent) => void): void {
  tell({ kind: 'moved-aside', path: moveAside(path) })
  makeTables(path)
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

/** Renames the database and what belongs to it; an earlier one that was moved aside is replaced. */
function moveAside(path: string): string {
  const target = `${path}.damaged`
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
  rmSync(target, { force: true, recursive: true })
  renameSync(path, target)
  return target
}

/** Deletes databases of older schemas that have lain unused for 30 days. */
export function deleteOldSchemas(dataDir: string, now: number): void {
  for (const name of readdirSync(dataDir)) {
    const version = Number(/^cache\.v(\d+)\.db$/.exec(name)?.[1] ?? SCHEMA_VERSION)
    const path = join(dataDir, name)
    if (version >= SCHEMA_VERSION || now - statSync(path).mtimeMs < KEEP_OLD_MS) continue
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
  }
}

/** Bytes that databases of older schemas still take: they count in the budget. */
export function oldSchemaBytes(dataDir: string): number {
  if (!existsSync(dataDir)) return 0
  return readdirSync(dataDir)
    .filter(
      (name) => Number(/^cache\.v(\d+)\.db/.exec(name)?.[1] ?? SCHEMA_VERSION) < SCHEMA_VERSION,
    )
    .reduce((sum, name) => sum + statSync(join(dataDir, name)).size, 0)
}
