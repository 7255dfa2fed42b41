import { statSync } from 'node:fs'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { toLayout } from '../../src/store/layout.ts'
import { PAGE_BYTES } from '../../src/store/schema.ts'
import { entryOf, noiseOf } from './entries.ts'
import { createKeeperHere } from './keeper-here.ts'
import { createDirectory } from './sqlite-here.ts'

const MAX_BYTES = 16 * 1024 * 1024
const { logBytes, foldBytes } = toLayout(MAX_BYTES, 0.25)
const now = Date.now()
const lasting = (n: number) =>
  entryOf(n, { storedAt: now, expiresAt: now + 1e9, frames: [noiseOf(n, 20_000)] })

describe('the write-ahead log', () => {
  it('is folded back early where little waits, and begins again in the same bytes', () => {
    const path = join(createDirectory(), 'cache.db')
    const here = createKeeperHere(path, MAX_BYTES)
    for (let n = 1; n <= 200; n++) {
      here.put(lasting(n))
      const { log, checkpointed } = here.database.prepare('PRAGMA wal_checkpoint(NOOP)').get() as {
        log: number
        checkpointed: number
      }
      expect((log - checkpointed) * PAGE_BYTES).toBeLessThan(foldBytes)
      expect(statSync(`${path}-wal`).size).toBeLessThan(1.25 * logBytes)
    }
  })

  it('does not grow without end while somebody reads: writing stops, and goes on afterwards', () => {
    const path = join(createDirectory(), 'cache.db')
    const here = createKeeperHere(path, MAX_BYTES)
    here.put(lasting(1))
    const reader = new SqliteDatabase(path, { readonly: true })
    const rows = reader.prepare('SELECT * FROM entries').iterate()
    rows.next()
    for (let n = 2; n <= 300; n++) here.put(lasting(n))
    expect(statSync(`${path}-wal`).size).toBeLessThan(3 * logBytes)
    expect(here.events('write-failed')).toContainEqual({
      ...{ kind: 'write-failed', reason: 'SQLITE_BUSY' },
    })
    rows.return?.()
    reader.close()
    here.clock.advance(10_000)
    here.put(lasting(301))
    expect(here.events('recovered')).toHaveLength(1)
    expect(here.has(301)).toBe(true)
    expect(statSync(`${path}-wal`).size).toBeLessThan(logBytes)
  })
})
