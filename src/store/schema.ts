import type { Database } from 'better-sqlite3'

/** Raised with each change of the tables. It is in the file's name, so no version ever migrates or destroys another's. */
export const SCHEMA_VERSION = 1

/** `application_id` of our databases: the letters Repr. */
export const APPLICATION_ID = 0x52657072

/** The file of this schema in the data directory. */
export const DATABASE_NAME = `cache.v${SCHEMA_VERSION}.db`

/** Bytes of a page: rows of 1 to 20 KB waste the least at this size (1.23 of the payload). */
export const PAGE_BYTES = 8192

/** The names of the tables; SQL is made with them and nowhere else. */
export const TABLE = {
  entries: 'entries',
  bodies: 'bodies',
  notes: 'notes',
  totals: 'totals',
} as const

const { entries, bodies, notes, totals } = TABLE

/**
 * Narrow rows for what is searched, bodies in a table of their own: an update or a scan never touches
 * the large values. A rowid with a unique key is four times as fast to read as WITHOUT ROWID at 20 KB.
 * Triggers keep the totals, so that counting costs nothing.
 */
const TABLES = `
CREATE TABLE IF NOT EXISTS ${entries} (
  id INTEGER PRIMARY KEY,
  key BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
  partition TEXT NOT NULL,
  route TEXT NOT NULL,
  kind TEXT NOT NULL,
  model TEXT NOT NULL,
  digest TEXT NOT NULL,
  content_type TEXT NOT NULL,
  stored_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  cost_ms REAL NOT NULL,
  tokens INTEGER NOT NULL,
  size INTEGER NOT NULL,
  sum BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS ${entries}_expires ON ${entries} (expires_at);
CREATE TABLE IF NOT EXISTS ${bodies} (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS ${notes} (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS ${totals} (
  kind TEXT PRIMARY KEY, entries INTEGER NOT NULL, bytes INTEGER NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS ${entries}_added AFTER INSERT ON ${entries} BEGIN
  INSERT INTO ${totals} VALUES (new.kind, 1, new.size) ON CONFLICT (kind)
  DO UPDATE SET entries = entries + 1, bytes = bytes + new.size;
END;
CREATE TRIGGER IF NOT EXISTS ${entries}_removed AFTER DELETE ON ${entries} BEGIN
  UPDATE ${totals} SET entries = entries - 1, bytes = bytes - old.size WHERE kind = old.kind;
  DELETE FROM ${bodies} WHERE id = old.id;
END;
`

/** Sets what belongs to a connection (reference values measured for caches of this shape). */
export function configureConnection(database: Database): void {
  database.pragma('synchronous = NORMAL')
  database.pragma('mmap_size = 0')
  database.pragma('cache_size = -16000')
  database.pragma('temp_store = MEMORY')
  database.pragma('trusted_schema = OFF')
  database.pragma('cell_size_check = ON')
}

/** Makes the tables where they are missing. Page size and vacuum mode must come before the first of them. */
export function createTables(database: Database): void {
  database.pragma(`page_size = ${PAGE_BYTES}`)
  database.pragma('auto_vacuum = INCREMENTAL')
  database.pragma('journal_mode = WAL')
  // In one transaction: tables without the mark would be taken for somebody else's.
  const create = database.transaction(() => {
    database.exec(TABLES)
    if (readMark(database) === APPLICATION_ID) return
    database.pragma(`application_id = ${APPLICATION_ID}`)
    database.pragma(`user_version = ${SCHEMA_VERSION}`)
  })
  create()
}

/** Whose a database is. */
export type Ownership = 'ours' | 'empty' | 'foreign'

/**
 * Whose a database is, by its mark; one with all our tables is ours though its mark be damaged. Throws
 * what SQLite throws where the file is damaged otherwise.
 */
export function readOwnership(database: Database): Ownership {
  const mark = readMark(database)
  if (mark === APPLICATION_ID) return 'ours'
  const names = database.prepare('SELECT name FROM sqlite_schema').pluck().all()
  if (Object.values(TABLE).every((name) => names.includes(name))) return 'ours'
  return mark === 0 && names.length === 0 ? 'empty' : 'foreign'
}

function readMark(database: Database): unknown {
  return database.pragma('application_id', { simple: true })
}

/** Touches every table, so that damage to the schema shows now. Damage to a row shows when it is read. */
export function probeTables(database: Database): void {
  database.prepare(`SELECT sum(entries) FROM ${TABLE.totals}`).get()
  database.prepare(`SELECT max(id) FROM ${TABLE.entries}`).get()
  database.prepare(`SELECT max(id) FROM ${TABLE.bodies}`).get()
  database.prepare(`SELECT count(*) FROM ${TABLE.notes}`).get()
}
