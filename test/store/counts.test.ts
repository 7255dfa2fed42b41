import SqliteDatabase, { type Database } from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packFrames } from '../../src/store/codec.ts'
import { createTables } from '../../src/store/schema.ts'
import type { WriterReport } from '../../src/store/writer.ts'
import { createManualClock } from '../support/clock.ts'
import { entryOf, keyOf } from './entries.ts'
import { createWriterHere } from './writer-here.ts'

const KINDS = ['text', 'vision', 'embedding'] as const

/** What is kept, and what there is. */
function countsOf(database: Database) {
  const all = (sql: string) => database.prepare(sql).all()
  return {
    kept: [
      all('SELECT kind, entries, bytes FROM totals WHERE entries > 0 ORDER BY kind'),
      all('SELECT digest, entries FROM digests ORDER BY digest'),
    ],
    there: [
      all(
        'SELECT kind, count(*) AS entries, sum(size) AS bytes FROM entries GROUP BY kind ORDER BY kind',
      ),
      all('SELECT digest, count(*) AS entries FROM entries GROUP BY digest ORDER BY digest'),
    ],
  }
}

const anyChange = fc.record({
  act: fc.constantFrom('put', 'put', 'put', 'remove', 'refused', 'commit'),
  n: fc.integer({ min: 1, max: 6 }),
  kind: fc.constantFrom(...KINDS),
  digest: fc.constantFrom('a'.repeat(64), 'b'.repeat(64)),
})

describe('totals and digests', () => {
  it('are what there is, whatever is put, replaced, removed and refused in one batch', () => {
    const law = fc.property(fc.array(anyChange, { maxLength: 40 }), (changes) => {
      const database = new SqliteDatabase(':memory:')
      createTables(database)
      const report = (_: WriterReport): void => {}
      const writer = createWriterHere({ database, clock: createManualClock(), report })
      for (const { act, n, kind, digest } of changes) {
        if (act === 'commit') writer.commit()
        if (act === 'remove') writer.take({ kind: 'remove', key: keyOf(n) })
        if (act !== 'put' && act !== 'refused') continue
        const costMs = act === 'refused' ? Number.NaN : 1
        const { frames, ...meta } = entryOf(n, { kind, digest, costMs })
        writer.take({ kind: 'put', item: { meta, packed: packFrames(frames) } })
      }
      writer.commit()
      const { kept, there } = countsOf(database)
      expect(kept).toEqual(there)
      database.close()
    })
    fc.assert(law)
  })

  it('name a model as it was last put', () => {
    const database = new SqliteDatabase(':memory:')
    createTables(database)
    const writer = createWriterHere({ database, clock: createManualClock(), report() {} })
    for (const model of ['one', 'two']) {
      const { frames, ...meta } = entryOf(model.length, { model })
      writer.take({ kind: 'put', item: { meta, packed: packFrames(frames) } })
    }
    writer.commit()
    expect(database.prepare('SELECT model FROM digests').pluck().all()).toEqual(['two'])
  })
})
