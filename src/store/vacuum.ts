import type { Database } from 'better-sqlite3'
import type { Chore } from './chores.ts'
import { readPages } from './eviction.ts'
import type { Journal } from './journal.ts'
import type { Layout } from './layout.ts'

/** Pages given back in one step: 100 take 1.2 ms. */
const STEP_PAGES = 64
/** Fewer free pages than this are left for the next entries. */
const KEPT_PAGES = 64
/** So is this share of the file: giving back what is needed again at once would be work for nothing. */
const KEPT_SHARE = 1 / 8

/** Whether the file has more free pages than it will soon use, or is larger than the budget. */
export function hasMuchToGiveBack(database: Database, layout: Layout): boolean {
  const pages = readPages(database, 'page_count')
  const free = readPages(database, 'freelist_count')
  if (free > 0 && pages > layout.maxPages) return true
  return free > Math.max(KEPT_PAGES, pages * KEPT_SHARE)
}

/** Gives free pages back to the file system until there are few. */
export function* giveBack(database: Database, journal: Journal, layout: Layout): Chore<void> {
  while (hasMuchToGiveBack(database, layout)) {
    // Not in a transaction of ours: the pragma is one.
    database.pragma(`incremental_vacuum(${STEP_PAGES})`)
    journal.settle()
    limitPages(database, layout)
    yield
  }
  journal.fold()
}

/** Sets the backstop. It cannot be under the size of the file, so it is set again when that shrinks. */
export function limitPages(database: Database, { maxPages }: Layout): void {
  database.pragma(`max_page_count = ${maxPages}`)
}
