import type { Database } from 'better-sqlite3'
import { TABLE } from './schema.ts'
import type { Amount } from './store.ts'

/** Entries and stored bytes by kind. */
export type Totals = Readonly<Record<string, Amount>>

/** Entries and bytes by kind, as they are kept. What it gives throws what SQLite throws. */
export function createTotals(database: Database): () => Totals {
  const select = database.prepare(`SELECT kind, entries, bytes FROM ${TABLE.totals}`)
  return () => {
    const rows = select.all() as (Amount & { kind: string })[]
    return Object.fromEntries(rows.map(({ kind, entries, bytes }) => [kind, { entries, bytes }]))
  }
}
