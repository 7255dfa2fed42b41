import type { Database } from 'better-sqlite3'
import type { Chore } from './chores.ts'
import type { EvictionReason, StoreEvent } from './events.ts'
import type { Journal } from './journal.ts'
import { matchesOf } from './matches.ts'
import type { Filter } from './query.ts'
import { emptyTables, TABLE } from './schema.ts'

/** Rows removed in one transaction: 16 of 8 KB take half a millisecond. */
const STEP_ROWS = 16
/** Removes rows for what they are, not for room. */
export interface Reclaim {
  /** Removes a few rows that expired at `at` (ms since the epoch) or before; gives how many. */
  dropExpired(at: number): number
  /** The earliest instant at which a row expires; undefined where there are none. */
  nextExpiryAt(): number | undefined
  /** Removes all that expired at `at` or before. */
  expire(at: number): Chore<number>
  /** Removes what matches and has an id up to `lastId`: what is put meanwhile has a higher one. */
  purge(filter: Filter, lastId: number, reason: EvictionReason): Chore<number>
  /** Removes the rows of every digest that is not known, and tells of each. */
  dropOrphans(known: ReadonlySet<string>, lastId: number): Chore<void>
}

/** What it needs of the rest. */
export interface ReclaimOptions {
  readonly database: Database
  readonly journal: Journal
  /** The id of the row put last. */
  lastId(): number
  onRemoved(reason: EvictionReason, rows: number): void
  tell(event: StoreEvent): void
}

interface DigestRow {
  readonly digest: string
  readonly model: string
}

/** For the one connection that writes. */
export function createReclaim(options: ReclaimOptions): Reclaim {
  const { database, journal } = options
  const { dropExpired, nextExpiry, digests, dropRow } = prepare(database)

  function dropSome(at: number): number {
    const rows = journal.commit(() => dropExpired.run(at).changes)
    options.onRemoved('expired', rows)
    return rows
  }

  function* purge(filter: Filter, lastId: number, reason: EvictionReason): Chore<number> {
    // Only where nothing can have been put since, which would have to stay.
    if (isEveryRow(filter) && options.lastId() === lastId) {
      const rows = journal.commit(() => emptyTables(database))
      options.onRemoved(reason, rows)
      return rows
    }
    let total = 0
    for (const ids of matchesOf(database, { filter, after: 0, lastId })) {
      if (ids.length > 0) {
        journal.commit(() => {
          for (const id of ids) dropRow.run(id)
        })
        options.onRemoved(reason, ids.length)
        total += ids.length
      }
      yield
    }
    return total
  }

  return {
    dropExpired: dropSome,
    nextExpiryAt: () => (nextExpiry.get() as { at: number | null }).at ?? undefined,
    *expire(at) {
      let total = 0
      for (let rows = dropSome(at); rows > 0; rows = dropSome(at)) {
        total += rows
        yield
      }
      return total
    },
    purge,
    *dropOrphans(known, lastId) {
      const rows = digests.all() as DigestRow[]
      for (const { digest, model } of rows.filter((row) => !known.has(row.digest))) {
        const removed = yield* purge({ digest }, lastId, 'orphaned')
        options.tell({ kind: 'orphaned', digest, model, rows: removed })
      }
    },
  }
}

function isEveryRow(filter: Filter): boolean {
  return Object.values(filter).every((value) => value === undefined)
}

function prepare(database: Database) {
  const { entries, digests } = TABLE
  return {
    dropExpired: database.prepare(
      `DELETE FROM ${entries} WHERE id IN
         (SELECT id FROM ${entries} WHERE expires_at <= ? ORDER BY expires_at LIMIT ${STEP_ROWS})`,
    ),
    nextExpiry: database.prepare(`SELECT min(expires_at) AS at FROM ${entries}`),
    digests: database.prepare(`SELECT digest, model FROM ${digests}`),
    dropRow: database.prepare(`DELETE FROM ${entries} WHERE id = ?`),
  }
}
