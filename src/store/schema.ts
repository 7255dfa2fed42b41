import type { Database } from 'better-sqlite3'

/** Raised with each change of the tables and of what is in them. It is in the file's name, so no version ever migrates or destroys another's. */
export const SCHEMA_VERSION = 4

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
  hits: 'hits',
  digests: 'digests',
} as const

const { entries, bodies, notes, totals, hits, digests } = TABLE

/** Takes away with a row what belongs to it. */
const REMOVED_TRIGGER = `CREATE TRIGGER IF NOT EXISTS ${entries}_removed AFTER DELETE ON ${entries} BEGIN
  UPDATE ${totals} SET entries = entries - 1, bytes = bytes - old.size WHERE kind = old.kind;
  UPDATE ${digests} SET entries = entries - 1 WHERE digest = old.digest;
  DELETE FROM ${digests} WHERE digest = old.digest AND entries <= 0;
  DELETE FROM ${bodies} WHERE id = old.id;
  DELETE FROM ${hits} WHERE id = old.id;
END;
`

/**
 * Narrow rows for what is searched, bodies in a table of their own: an update or a scan never touches
 * the large values. A rowid with a unique key is four times as fast to read as WITHOUT ROWID at 20 KB.
 * Hits stand apart, 400 to a page: writing them down dirties few pages. A row that was never hit has none.
 * An index of the keys of embeddings is there to draw samples from; of the rest they are drawn from all keys: each
 * index by key is a page at a random place for each row, and cost a fifth of it. Totals and digests are kept, so that
 * counting costs nothing: of what is put by the batch (`counts.ts`), of what goes by a trigger.
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
  sum BLOB NOT NULL,
  parts TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS ${entries}_expires ON ${entries} (expires_at);
CREATE INDEX IF NOT EXISTS ${entries}_embeddings ON ${entries} (key) WHERE kind = 'embedding';
CREATE TABLE IF NOT EXISTS ${bodies} (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS ${notes} (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS ${totals} (
  kind TEXT PRIMARY KEY, entries INTEGER NOT NULL, bytes INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS ${hits} (
  id INTEGER PRIMARY KEY, hits INTEGER NOT NULL, hit_at INTEGER,
  weight REAL NOT NULL, as_of INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS ${digests} (
  digest TEXT PRIMARY KEY, model TEXT NOT NULL, entries INTEGER NOT NULL
) STRICT;
${REMOVED_TRIGGER}`

/**
 * Sets what belongs to a connection (reference values measured for caches of this shape). Half of the page cache that SQLite
 * is most often given: pages of the index are a system call away, and what fills late looks like a leak.
 */
export function configureConnection(database: Database): void {
  database.pragma('synchronous = NORMAL')
  database.pragma('mmap_size = 0')
  database.pragma('cache_size = -8000')
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
  database.prepare(`SELECT max(id) FROM ${TABLE.hits}`).get()
  database.prepare(`SELECT count(*) FROM ${TABLE.digests}`).get()
}

/**
 * Removes every row of an entry, and gives how many that were, in one transaction that others must not
 * share: a table is emptied in a thousandth of the time where no trigger has to see each row. Reads go on.
 */
export function emptyTables(database: Database): number {
  const count = database.prepare(`SELECT count(*) FROM ${entries}`).pluck().get() as number
  database.exec(`DROP TRIGGER ${entries}_removed`)
  for (const name of [entries, bodies, hits, totals, digests]) database.exec(`DELETE FROM ${name}`)
  database.exec(REMOVED_TRIGGER)
  return count
}
