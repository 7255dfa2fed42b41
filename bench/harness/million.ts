import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'

/** How full a database is made. */
export interface Filling {
  /** The folder of the database. */
  readonly dataDir: string
  /** Entries there are to be in the end. */
  readonly entries: number
  /** Bytes of each body. */
  readonly bodyBytes: number
}

/** Rows of one transaction. */
const BATCH = 20_000

/** The file of the newest schema. */
const DATABASE = 'cache.v4.db'

/**
 * Fills the database of a server that has ended with entries that nobody will ask for, and spreads those it
 * has evenly among them. The schema’s own indexes do their work; bodies are noise, so that nothing of their size
 * is compressed away.
 */
export function fillDatabase({ dataDir, entries, bodyBytes }: Filling): void {
  const database = new SqliteDatabase(join(dataDir, DATABASE))
  try {
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = OFF')
    const { known } = database.prepare('SELECT count(*) AS known FROM entries').get() as Known
    const step = Math.floor(entries / known)
    spread(database, step)
    const add = database.prepare(ADD)
    for (let from = 1; from <= entries; from += BATCH) {
      const to = Math.min(entries, from + BATCH - 1)
      database.transaction(() => {
        add.run({ from, to, step, bodyBytes })
        database.prepare(ADD_BODIES).run({ from, to, step, bodyBytes })
      })()
    }
    database.exec(COUNT)
    database.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    database.close()
  }
}

/** Makes the oldest entries, so many of them, older than anything is kept. */
export function expireOldest(dataDir: string, count: number): void {
  const database = new SqliteDatabase(join(dataDir, DATABASE))
  try {
    database.prepare('UPDATE entries SET expires_at = 1 WHERE id <= ?').run(count)
  } finally {
    database.close()
  }
}

interface Known {
  readonly known: number
}

/** Ids are given away in order: what lies between two known ones comes in between. Highest first, so that none meet. */
function spread(database: SqliteDatabase.Database, step: number): void {
  for (const table of ['bodies', 'hits', 'entries']) {
    database.exec(`UPDATE ${table} SET id = -id * ${step}; UPDATE ${table} SET id = -id`)
  }
}

/** As the first of the known entries, under a key and an id of its own. */
const ADD = `
WITH RECURSIVE ids (id) AS (SELECT @from UNION ALL SELECT id + 1 FROM ids WHERE id < @to)
INSERT INTO entries
SELECT ids.id, randomblob(32), partition, route, kind, model, digest, content_type, stored_at,
  expires_at, cost_ms, tokens, @bodyBytes, sum, parts
FROM ids, (SELECT * FROM entries WHERE id = @step) WHERE ids.id % @step <> 0`

const ADD_BODIES = `
WITH RECURSIVE ids (id) AS (SELECT @from UNION ALL SELECT id + 1 FROM ids WHERE id < @to)
INSERT INTO bodies SELECT id, randomblob(@bodyBytes) FROM ids WHERE id % @step <> 0`

/** What the writer counts by the batch. */
const COUNT = `
INSERT OR REPLACE INTO totals SELECT kind, count(*), sum(size) FROM entries GROUP BY kind;
INSERT OR REPLACE INTO digests SELECT digest, max(model), count(*) FROM entries GROUP BY digest`
