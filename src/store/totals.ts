import type { Database } from 'better-sqlite3'
import { TABLE } from './schema.ts'
import type { Amount } from './store.ts'

/** Entries and stored bytes by kind. */
export type Totals = Readonly<Record<string, Amount>>

/** Entries and bytes by kind, as the triggers keep them. Throws what SQLite throws. */
export function readTotals(database: Database): Totals {
  const rows = database.prepare(`SELECT kind, entries, bytes FROM ${TABLE.totals}`).all()
  return Object.fromEntries(
    (rows as (Amount & { kind: string })[]).map(({ kind, entries, bytes }) => [
      kind,
      { entries, bytes },
    ]),
  )
}
