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

/**
 * Keys looked at for a run at most, where most are of the other shelf: embeddings have an index of their own,
 * the others are found among all.
 */
const LOOKED_AT = 64

/** What is drawn from: the ids of a stretch of keys, from a random one on and past the last from the first. */
const STRETCH: Readonly<Record<Shelf, string>> = {
  embeddings: toStretch(`kind = 'embedding'`, RUN_ROWS),
  others: toStretch('TRUE', LOOKED_AT),
}

const IS_ON: Readonly<Record<Shelf, string>> = {
  embeddings: `e.kind = 'embedding'`,
  others: `e.kind <> 'embedding'`,
}

function toStretch(condition: string, keys: number): string {
  const select = (from: string) =>
    `SELECT id FROM (SELECT id FROM ${TABLE.entries} WHERE ${condition} AND ${from} ORDER BY key LIMIT ${keys})`
  return `${select('key >= ?')} UNION ALL ${select('TRUE')} LIMIT ${keys}`
}

/**
 * Draws rows of a shelf, each as likely as the next: keys are hashes, so their order says nothing of
 * the entries. 64 rows take about 0.3 ms; there may be fewer, but never none where the shelf has any.
 */
export function createSampler(
  database: Database,
  random: (count: number) => Buffer,
): (shelf: Shelf) => Sampled[] {
  const draws = { embeddings: prepare(database, 'embeddings'), others: prepare(database, 'others') }

  return (shelf) => {
    const { run, any } = draws[shelf]
    const drawn = new Map<number, Sampled>()
    const take = (rows: unknown[]): void => {
      for (const row of rows as Sampled[]) drawn.set(row.id, row)
    }
    for (let runs = SAMPLE_ROWS / RUN_ROWS; runs > 0; runs--) take(run.all(random(KEY_BYTES)))
    // So few that no stretch had one.
    if (drawn.size === 0) take(any.all())
    return [...drawn.values()]
  }
}

function prepare(database: Database, shelf: Shelf) {
  const { entries, hits } = TABLE
  const select = `SELECT e.id, e.key, e.size + ${ROW_BYTES} AS bytes, e.cost_ms AS costMs,
     coalesce(h.weight, 1) AS weight, coalesce(h.as_of, e.id) AS asOf`
  const end = `LEFT JOIN ${hits} h ON h.id = e.id WHERE ${IS_ON[shelf]} LIMIT ${RUN_ROWS}`
  return {
    run: database.prepare(
      `${select} FROM (${STRETCH[shelf]}) drawn CROSS JOIN ${entries} e ON e.id = drawn.id ${end}`,
    ),
    any: database.prepare(`${select} FROM ${entries} e ${end}`),
  }
}
