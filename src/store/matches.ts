import type { Database } from 'better-sqlite3'
import { toCondition } from './filter.ts'
import type { Filter } from './query.ts'
import { TABLE } from './schema.ts'

/** Rows that match are given so many at a time. */
export const STEP_MATCHES = 16
/** Rows looked at in one step where few of them match: narrow ones, 1 µs each. */
const STEP_IDS = 512

/** Which rows: those that match and whose id lies between. */
export interface Range {
  readonly filter: Filter
  /** Ids above this one. */
  readonly after: number
  /** Ids up to this one: what is put meanwhile has a higher one. */
  readonly lastId: number
}

/**
 * Ids of the rows that match, ascending, a step's worth at a time; some steps have none. Nothing is held
 * open in between, so rows may come and go. Throws what SQLite throws.
 */
export function* matchesOf(database: Database, range: Range): Generator<number[], void> {
  const { sql, bound } = toCondition(range.filter)
  const { entries, hits } = TABLE
  const find = database
    .prepare(
      `SELECT e.id FROM ${entries} e LEFT JOIN ${hits} h USING (id)
       WHERE e.id > @after AND e.id <= @upTo AND (${sql}) ORDER BY e.id LIMIT ${STEP_MATCHES}`,
    )
    .pluck()
  const first = database.prepare(`SELECT min(id) FROM ${entries} WHERE id > ?`).pluck()
  let { after } = range
  for (;;) {
    const next = first.get(after) as number | null
    if (next === null || next > range.lastId) return
    // From a row that is there: ids of those that are gone cost nothing.
    const upTo = Math.min(next + STEP_IDS - 1, range.lastId)
    const ids = find.all({ ...bound, after, upTo }) as number[]
    after = ids.length === STEP_MATCHES ? (ids.at(-1) ?? upTo) : upTo
    yield ids
  }
}
