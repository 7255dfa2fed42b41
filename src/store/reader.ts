import type { Database } from 'better-sqlite3'
import { decodeBody, type EntryMeta, type Stored, toChecksum } from './codec.ts'
import { createPackedEntry } from './packed-entry.ts'
import { TABLE } from './schema.ts'
import type { Entry, Key, Unread } from './store.ts'

/** Reads whole entries. Throws what SQLite throws. */
export interface Reader {
  /** The entry; `damaged` where a single bit of it is not what was stored. */
  read(key: Key): Entry | 'damaged' | undefined
  /** What there is under each key, in their order, without reading any body: damage is found by `read`. */
  survey(keys: readonly Key[]): (Unread | undefined)[]
  readNote(name: string): string | undefined
  /** When the row put last was stored, in ms since the epoch. */
  newestStoredAt(): number | undefined
}

interface Row extends Omit<EntryMeta, 'key' | 'parts'>, Stored {
  readonly sum: Buffer
}

/** Over one connection, with every statement prepared once. */
export function createReader(database: Database): Reader {
  const { entries, bodies, notes } = TABLE
  const select = database.prepare(
    `SELECT partition, route, kind, model, digest, content_type AS contentType,
       stored_at AS storedAt, expires_at AS expiresAt, cost_ms AS costMs, tokens, parts, sum, body
     FROM ${entries} JOIN ${bodies} USING (id) WHERE key = ?`,
  )
  const survey = database
    .prepare(
      `SELECT wanted.key, stored_at, expires_at FROM json_each(?) AS wanted
       CROSS JOIN ${entries} ON ${entries}.key = unhex(wanted.value)`,
    )
    .raw()
  const note = database.prepare(`SELECT value FROM ${notes} WHERE name = ?`).pluck()
  const newest = database
    .prepare(`SELECT stored_at FROM ${entries} ORDER BY id DESC LIMIT 1`)
    .pluck()
  return {
    read(key) {
      const row = select.get(Buffer.from(key, 'hex')) as Row | undefined
      return row && (toEntry(key, row) ?? 'damaged')
    },
    survey(keys) {
      const seen: (Unread | undefined)[] = Array.from(keys, () => undefined)
      const rows = survey.all(JSON.stringify(keys)) as [number, number, number][]
      for (const [place, storedAt, expiresAt] of rows) seen[place] = { storedAt, expiresAt }
      return seen
    },
    readNote: (name) => note.get(name) as string | undefined,
    newestStoredAt: () => newest.get() as number | undefined,
  }
}

/** The entry of a row; undefined where it is not what was stored. */
function toEntry(key: Key, row: Row): Entry | undefined {
  if (!toChecksum(key, row, row).equals(row.sum)) return undefined
  const packed = decodeBody(row.body)
  return packed && createPackedEntry(toMeta(key, row), packed)
}

/** Named one by one: to leave some out of an object, or spread it, takes ten times as long. */
function toMeta(key: Key, row: Row): EntryMeta {
  const meta: EntryMeta = {
    key,
    partition: row.partition,
    route: row.route,
    kind: row.kind,
    model: row.model,
    digest: row.digest,
    contentType: row.contentType,
    storedAt: row.storedAt,
    expiresAt: row.expiresAt,
    costMs: row.costMs,
    tokens: row.tokens,
  }
  return row.parts === null ? meta : Object.assign(meta, { parts: JSON.parse(row.parts) })
}
