import type { Database } from 'better-sqlite3'

/** Pages of a database: read several times with each piece that is written, so the statements are made once. */
export interface Pages {
  /** Of the file. */
  all(): number
  /** Those in it that are used again before it grows. */
  free(): number
  used(): number
}

/** What it gives throws what SQLite throws. */
export function createPages(database: Database): Pages {
  const counts = database.prepare('PRAGMA page_count').pluck()
  const frees = database.prepare('PRAGMA freelist_count').pluck()
  const all = (): number => Number(counts.get())
  const free = (): number => Number(frees.get())
  return { all, free, used: () => all() - free() }
}
