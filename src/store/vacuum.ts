import type { Database } from 'better-sqlite3'
import type { Chore } from './chores.ts'
import type { Journal } from './journal.ts'
import type { Layout } from './layout.ts'
import type { Pages } from './pages.ts'

/** Pages given back in one step: 100 take 1.2 ms. */
const STEP_PAGES = 64
/** Fewer free pages than this are left for the next entries. */
const KEPT_PAGES = 64
/** So is this share of the file: giving back what is needed again at once would be work for nothing. */
const KEPT_SHARE = 1 / 8

/** Whether the file has more free pages than it will soon use, or is larger than the budget. */
export function hasMuchToGiveBack(pages: Pages, layout: Layout): boolean {
  const all = pages.all()
  const free = pages.free()
  if (free > 0 && all > layout.maxPages) return true
  return free > Math.max(KEPT_PAGES, all * KEPT_SHARE)
}

/** Gives free pages back to the file system until there are few. */
export function* giveBack(
  database: Database,
  pages: Pages,
  { journal, layout }: { readonly journal: Journal; readonly layout: Layout },
): Chore<void> {
  while (hasMuchToGiveBack(pages, layout)) {
    journal.runAlone(() => database.pragma(`incremental_vacuum(${STEP_PAGES})`))
    limitPages(database, layout)
    yield
  }
  journal.fold()
}

/** Sets the backstop. It cannot be under the size of the file, so it is set again when that shrinks. */
export function limitPages(database: Database, { maxPages }: Layout): void {
  database.pragma(`max_page_count = ${maxPages}`)
}
