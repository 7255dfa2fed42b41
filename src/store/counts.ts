import type { Database } from 'better-sqlite3'
import type { EntryMeta } from './codec.ts'
import { TABLE } from './schema.ts'
import type { Amount } from './store.ts'

/**
 * Counts what is put in one transaction, and adds it to totals and digests together: a trigger did so for each row,
 * and took a quarter of it.
 */
export interface Counts {
  /** A row was put; `bytes` is the size of its body. */
  add(meta: Pick<EntryMeta, 'kind' | 'digest' | 'model'>, bytes: number): void
  /** Adds what was counted: at the end of the transaction, and before a row goes, which may be one of them. */
  write(): void
  /** What was counted has been rolled back. */
  forget(): void
}

/** Starts with nothing counted. `write` throws what SQLite throws. */
export function createCounts(database: Database): Counts {
  const { addAmount, addDigest } = prepare(database)
  const kinds = new Map<string, Amount>()
  const digests = new Map<string, { model: string; entries: number }>()

  function forget(): void {
    kinds.clear()
    digests.clear()
  }

  return {
    add({ kind, digest, model }, bytes) {
      const amount = kinds.get(kind) ?? { entries: 0, bytes: 0 }
      kinds.set(kind, { entries: amount.entries + 1, bytes: amount.bytes + bytes })
      digests.set(digest, { model, entries: (digests.get(digest)?.entries ?? 0) + 1 })
    },
    write() {
      for (const [kind, { entries, bytes }] of kinds) addAmount.run(kind, entries, bytes)
      for (const [digest, { model, entries }] of digests) addDigest.run(digest, model, entries)
      forget()
    },
    forget,
  }
}

function prepare(database: Database) {
  const { totals, digests } = TABLE
  return {
    addAmount: database.prepare(
      `INSERT INTO ${totals} VALUES (?, ?, ?) ON CONFLICT (kind)
       DO UPDATE SET entries = entries + excluded.entries, bytes = bytes + excluded.bytes`,
    ),
    addDigest: database.prepare(
      `INSERT INTO ${digests} VALUES (?, ?, ?) ON CONFLICT (digest)
       DO UPDATE SET model = excluded.model, entries = entries + excluded.entries`,
    ),
  }
}
