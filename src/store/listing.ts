import type { Database } from 'better-sqlite3'
import { toCondition } from './filter.ts'
import type { EntryRow, Filter, Listing, ListQuery, SortField } from './query.ts'
import { TABLE } from './schema.ts'

/** Reads rows for people. Throws what SQLite throws. */
export interface Listings {
  /** A page, sorted; ties by key. Reads every narrow row: 1 µs each. */
  list(query: ListQuery): Listing
  count(filter: Filter): number
  rowOf(id: number): EntryRow | undefined
}

/** The column of each field; age runs against the instant it is counted from. */
const COLUMN: Readonly<Record<SortField, string>> = {
  key: 'e.key',
  route: 'e.route',
  kind: 'e.kind',
  model: 'e.model',
  digest: 'e.digest',
  storedAt: 'e.stored_at',
  ageSeconds: '-e.stored_at',
  expiresAt: 'e.expires_at',
  costMs: 'e.cost_ms',
  tokens: 'e.tokens',
  bytes: 'e.size',
  hits: 'coalesce(h.hits, 0)',
}

const ROWS = `${TABLE.entries} e LEFT JOIN ${TABLE.hits} h USING (id)`
const SELECT = `SELECT e.key, e.route, e.kind, e.model, e.digest, e.stored_at AS storedAt,
  e.expires_at AS expiresAt, e.cost_ms AS costMs, e.tokens, e.size AS bytes,
  coalesce(h.hits, 0) AS hits, h.hit_at AS hitAt FROM ${ROWS}`

type Stored = Omit<EntryRow, 'key' | 'ageSeconds' | 'hitAt'> & {
  readonly key: Buffer
  readonly hitAt: number | null
}

/** Over one connection; `now` gives wall time in ms since the epoch. */
export function createListings(database: Database, now: () => number): Listings {
  const byId = database.prepare(`${SELECT} WHERE e.id = ?`)

  function amount(filter: Filter): { total: number; bytes: number } {
    const { sql, bound } = toCondition(filter)
    return database
      .prepare(
        `SELECT count(*) AS total, coalesce(sum(e.size), 0) AS bytes FROM ${ROWS} WHERE ${sql}`,
      )
      .get(bound) as { total: number; bytes: number }
  }

  const toRow = (stored: Stored): EntryRow => ({
    ...stored,
    key: stored.key.toString('hex'),
    ageSeconds: toAgeSeconds(stored.storedAt, now()),
    hitAt: stored.hitAt ?? undefined,
  })

  return {
    list({ filter, sortBy, order, limit, offset }) {
      const { sql, bound } = toCondition(filter)
      const direction = order === 'ascending' ? 'ASC' : 'DESC'
      const rows = database
        .prepare(
          `${SELECT} WHERE ${sql} ORDER BY ${COLUMN[sortBy]} ${direction}, e.key
           LIMIT @limit OFFSET @offset`,
        )
        .all({ ...bound, limit, offset })
      return { ...amount(filter), rows: (rows as Stored[]).map(toRow) }
    },
    count: (filter) => amount(filter).total,
    rowOf(id) {
      const stored = byId.get(id) as Stored | undefined
      return stored && toRow(stored)
    },
  }
}

/** Whole seconds since an instant, never negative. */
export function toAgeSeconds(storedAt: number, now: number): number {
  return Math.max(0, Math.floor((now - storedAt) / 1000))
}

/** Puts rows of a tier without SQL in the order SQL would give them in. */
export function compareRows({ sortBy, order }: Pick<ListQuery, 'sortBy' | 'order'>) {
  const sign = order === 'ascending' ? 1 : -1
  return (one: EntryRow, other: EntryRow): number =>
    sign * compare(sortValue(one, sortBy), sortValue(other, sortBy)) || compare(one.key, other.key)
}

/** Age in whole seconds would be no order for what was stored within one. */
function sortValue(row: EntryRow, sortBy: SortField): string | number {
  return sortBy === 'ageSeconds' ? -row.storedAt : row[sortBy]
}

/** Numbers by size, texts by their bytes, as SQLite does. */
function compare(one: string | number, other: string | number): number {
  if (typeof one === 'string') return Buffer.compare(Buffer.from(one), Buffer.from(String(other)))
  return one - Number(other)
}
