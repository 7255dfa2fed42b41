import type { Database } from 'better-sqlite3'
import { type EntryMeta, encodeBody, type Packed, toChecksum } from './codec.ts'
import { type Counts, createCounts } from './counts.ts'
import type { Remembered } from './remembered.ts'
import { TABLE } from './schema.ts'
import type { Key } from './store.ts'
import { addTimes, type Era, type Popularity, toEra } from './worth.ts'

/** An entry as it goes into its row. */
export interface StoredRow {
  readonly meta: EntryMeta
  /** The body as it is stored. */
  readonly body: Buffer<ArrayBuffer>
}

/** Hits of one entry since they were last written down. */
export interface Touch {
  readonly key: Key
  readonly times: number
}

/** The changes a row can see. Each is part of the transaction it is called in, and throws what SQLite throws. */
export interface Rows {
  /** Runs `act`, in a transaction, and counts at its end what it put. */
  together(act: () => void): void
  /** Replaces an older one, whose hits it inherits. To be called within `together`. */
  put(row: StoredRow): void
  remove(key: Key): void
  /** Adds hits; what is not there any more is passed over. `at` is the wall time of the last, in ms. */
  touch(touches: readonly Touch[], at: number): void
  putNote(name: string, value: string): void
  /** What decay is reckoned with at this moment. */
  era(): Era
  /** The last id that was given away. Ids are never used twice while the database is open. */
  readonly lastId: number
}

/** The body deflated: done before a transaction begins. */
export function toStoredRow(meta: EntryMeta, packed: Packed): StoredRow {
  return { meta, body: encodeBody(packed) }
}

/** For the one connection that writes. */
export function createRows(database: Database, remembered: Remembered): Rows {
  return new PreparedRows(database, remembered)
}

interface HitsRow extends Popularity {
  readonly hits: number
  readonly hitAt: number | null
}

/** A row as it is found; one that was never hit has no hits. */
type Known = { readonly id: number } & {
  readonly [Column in keyof HitsRow]: HitsRow[Column] | null
}

class PreparedRows implements Rows {
  readonly #statements: Statements
  readonly #remembered: Remembered
  readonly #counts: Counts
  #lastId: number

  constructor(database: Database, remembered: Remembered) {
    this.#statements = prepare(database)
    this.#remembered = remembered
    this.#counts = createCounts(database)
    this.#lastId = (this.#statements.lastId.get() as { id: number | null }).id ?? 0
  }

  get lastId(): number {
    return this.#lastId
  }

  era(): Era {
    const { entries } = this.#statements.count.get() as { entries: number }
    return toEra(this.#lastId, entries)
  }

  together(act: () => void): void {
    // Of a transaction that was rolled back.
    this.#counts.forget()
    act()
    this.#counts.write()
  }

  put({ meta, body }: StoredRow): void {
    const key = Buffer.from(meta.key, 'hex')
    const before = this.#statements.find.get(key) as Known | undefined
    if (before !== undefined) this.#drop(key)
    this.#lastId += 1
    const id = this.#lastId
    this.#add(id, key, { meta, body })
    this.#statements.addBody.run(id, body)
    this.#counts.add(meta, body.length)
    this.#inherit(id, meta.key, before)
  }

  #add(id: number, key: Buffer, { meta, body }: StoredRow): void {
    const { partition, route, kind, model, digest, contentType } = meta
    const { storedAt, expiresAt, costMs, tokens } = meta
    const parts = meta.parts ? JSON.stringify(meta.parts) : null
    this.#statements.add.run(
      ...[id, key, partition, route, kind, model, digest, contentType],
      ...[storedAt, expiresAt, costMs, tokens, body.length],
      ...[toChecksum(meta.key, meta, { parts, body }), parts],
    )
  }

  remove(key: Key): void {
    this.#drop(Buffer.from(key, 'hex'))
  }

  #drop(key: Buffer): void {
    this.#counts.write()
    this.#statements.remove.run(key)
  }

  touch(touches: readonly Touch[], at: number): void {
    const era = this.era()
    for (const { key, times } of touches) {
      const known = this.#statements.find.get(Buffer.from(key, 'hex')) as Known | undefined
      if (known === undefined) continue
      const popularity = addTimes(popularityOf(known), times, era)
      this.#setHits(known.id, { hits: (known.hits ?? 0) + times, hitAt: at, ...popularity })
    }
  }

  putNote(name: string, value: string): void {
    this.#statements.putNote.run(name, value)
  }

  /** What was asked for before is not begun from nothing: the row it replaces, or one that had to go. */
  #inherit(id: number, key: Key, before: Known | undefined): void {
    const earlier =
      before === undefined ? this.#remembered.take(toShortKey(key)) : popularityOf(before)
    if (earlier === undefined) return
    const hits = before?.hits ?? 0
    const hitAt = before?.hitAt ?? null
    this.#setHits(id, { hits, hitAt, ...addTimes(earlier, 1, this.era()) })
  }

  #setHits(id: number, { hits, hitAt, weight, asOf }: HitsRow): void {
    this.#statements.setHits.run(id, hits, hitAt, weight, asOf)
  }
}

/** A row without hits counts as asked for once: when it was put. */
function popularityOf({ id, weight, asOf }: Known): Popularity {
  return { weight: weight ?? 1, asOf: asOf ?? id }
}

/** 64 bits of a key: enough to remember by, where a wrong match costs nothing. */
export function toShortKey(key: Key): string {
  return key.slice(0, 16)
}

type Statements = ReturnType<typeof prepare>

function prepare(database: Database) {
  const { entries, bodies, notes, hits, totals } = TABLE
  return {
    lastId: database.prepare(`SELECT max(id) AS id FROM ${entries}`),
    count: database.prepare(`SELECT coalesce(sum(entries), 0) AS entries FROM ${totals}`),
    find: database.prepare(
      `SELECT id, hits, hit_at AS hitAt, weight, as_of AS asOf
       FROM ${entries} LEFT JOIN ${hits} USING (id) WHERE key = ?`,
    ),
    add: database.prepare(
      `INSERT INTO ${entries} (id, key, partition, route, kind, model, digest, content_type,
         stored_at, expires_at, cost_ms, tokens, size, sum, parts)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    addBody: database.prepare(`INSERT OR REPLACE INTO ${bodies} (id, body) VALUES (?, ?)`),
    remove: database.prepare(`DELETE FROM ${entries} WHERE key = ?`),
    setHits: database.prepare(`INSERT OR REPLACE INTO ${hits} VALUES (?, ?, ?, ?, ?)`),
    putNote: database.prepare(
      `INSERT INTO ${notes} VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    ),
  }
}
