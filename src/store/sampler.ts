import type { Database } from 'better-sqlite3'
import { ROW_BYTES } from './layout.ts'
import { TABLE } from './schema.ts'
import { type Candidate, SAMPLE_ROWS } from './worth.ts'

/** Embeddings have their own share of the budget, so they are drawn apart from all else. */
export type Shelf = 'embeddings' | 'others'

/** A row that was drawn. */
export interface Sampled extends Candidate {
  readonly id: number
  readonly key: Buffer
}

/** Neighbours taken at each random place: a row behind a wide gap would be drawn too often alone. */
const RUN_ROWS = 8
const KEY_BYTES = 32

const CONDITION: Readonly<Record<Shelf, string>> = {
  embeddings: `kind = 'embedding'`,
  others: `kind <> 'embedding'`,
}

/**
 * Draws rows of a shelf, each as likely as the next: keys are hashes, so their order says nothing of
 * the entries. 64 rows take about 0.3 ms. All of a shelf where it has no more.
 */
export function createSampler(
  database: Database,
  random: (count: number) => Buffer,
): (shelf: Shelf) => Sampled[] {
  const { entries, hits } = TABLE
  const prepare = (shelf: Shelf) =>
    database.prepare(
      `SELECT e.id, e.key, e.size + ${ROW_BYTES} AS bytes, e.cost_ms AS costMs,
         coalesce(h.weight, 1) AS weight, coalesce(h.as_of, e.id) AS asOf
       FROM ${entries} e LEFT JOIN ${hits} h USING (id)
       WHERE e.${CONDITION[shelf]} AND e.key >= ? ORDER BY e.key LIMIT ?`,
    )
  const runs = { embeddings: prepare('embeddings'), others: prepare('others') }

  return (shelf) => {
    const drawn = new Map<number, Sampled>()
    const take = (from: Buffer, count: number): number => {
      const rows = runs[shelf].all(from, count) as Sampled[]
      for (const row of rows) drawn.set(row.id, row)
      return rows.length
    }
    const runsWanted = SAMPLE_ROWS / RUN_ROWS
    for (let run = 0; run < runsWanted; run++) {
      const taken = take(random(KEY_BYTES), RUN_ROWS)
      // Past the last key it goes on with the first.
      if (taken < RUN_ROWS) take(Buffer.alloc(KEY_BYTES), RUN_ROWS - taken)
    }
    return [...drawn.values()]
  }
}
