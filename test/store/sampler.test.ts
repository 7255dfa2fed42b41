import SqliteDatabase, { type Database } from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { packFrames } from '../../src/store/codec.ts'
import { createRemembered } from '../../src/store/remembered.ts'
import { createRows, toStoredRow } from '../../src/store/rows.ts'
import { createSampler, type Sampled } from '../../src/store/sampler.ts'
import { createTables } from '../../src/store/schema.ts'
import { SAMPLE_ROWS } from '../../src/store/worth.ts'
import { entryOf } from './entries.ts'
import { createRandom } from './upkeep-here.ts'

/** Rows with ids from 1 on; `isEmbedding` says which are embeddings. */
function createDatabase(count: number, isEmbedding: (id: number) => boolean): Database {
  const database = new SqliteDatabase(':memory:')
  createTables(database)
  const rows = createRows(database, createRemembered())
  rows.together(() => {
    for (let n = 1; n <= count; n++) {
      const kind = isEmbedding(n) ? 'embedding' : 'text'
      const { frames, ...meta } = entryOf(n, { kind })
      rows.put(toStoredRow(meta, packFrames(frames)))
    }
  })
  return database
}

const ids = (sampled: readonly Sampled[]) => sampled.map(({ id }) => id)

describe('a sample', () => {
  it('is of one shelf only, whichever most rows are of', () => {
    for (const every of [2, 10, 1_000]) {
      const database = createDatabase(1_000, (id) => id % every === 0)
      const draw = createSampler(database, createRandom())
      expect(ids(draw('embeddings')).filter((id) => id % every !== 0)).toEqual([])
      expect(ids(draw('others')).filter((id) => id % every === 0)).toEqual([])
      expect(draw('others').length).toBeGreaterThan(SAMPLE_ROWS / 2)
      expect(draw('others').length).toBeLessThanOrEqual(SAMPLE_ROWS)
    }
  })

  it('is never empty where the shelf has a row, and empty where it has none', () => {
    const database = createDatabase(3_000, (id) => id !== 1_500)
    const draw = createSampler(database, createRandom())
    for (let n = 0; n < 20; n++) expect(ids(draw('others'))).toEqual([1_500])
    database.exec('DELETE FROM entries WHERE id = 1500')
    expect(draw('others')).toEqual([])
    database.exec('DELETE FROM entries')
    expect(draw('embeddings')).toEqual([])
  })

  it.each([
    ['others', 'of nine tenths', (id: number) => id % 10 === 0],
    ['others', 'of a tenth', (id: number) => id % 10 !== 0],
    ['embeddings', 'of half', (id: number) => id % 2 === 0],
  ] as const)(
    'of %s, %s of all, leaves none out and prefers none for its age',
    (shelf, _, isEmbedding) => {
      const draw = createSampler(createDatabase(800, isEmbedding), createRandom())
      const times = new Map<number, number>()
      for (let n = 0; n < 1_500; n++) {
        for (const id of ids(draw(shelf))) times.set(id, (times.get(id) ?? 0) + 1)
      }
      const meanOf = (counts: number[]) => counts.reduce((sum, n) => sum + n, 0) / counts.length
      const of = (from: number, to: number) =>
        [...times].flatMap(([id, count]) => (id >= from && id <= to ? [count] : []))
      const onShelf = Array.from({ length: 800 }, (_unused, n) => isEmbedding(n + 1))
      const expected = onShelf.filter((embedding) => embedding === (shelf === 'embeddings')).length
      expect(times.size).toBe(expected)
      // Gaps between eight keys are not all alike; that is chance, and says nothing of the row.
      expect(Math.max(...times.values()) / meanOf([...times.values()])).toBeLessThan(3)
      expect(meanOf(of(1, 400)) / meanOf(of(401, 800))).toBeGreaterThan(0.85)
      expect(meanOf(of(1, 400)) / meanOf(of(401, 800))).toBeLessThan(1.15)
    },
  )
})
