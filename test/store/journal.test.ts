import { statSync } from 'node:fs'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import type { KeeperReport } from '../../src/store/keeper.ts'
import { toLayout } from '../../src/store/layout.ts'
import { PAGE_BYTES } from '../../src/store/schema.ts'
import { entryOf, noiseOf } from './entries.ts'
import { createKeeperHere, type KeeperHere } from './keeper-here.ts'
import { createDirectory, eventually } from './sqlite-here.ts'

const MAX_BYTES = 16 * 1024 * 1024
const { logBytes, foldBytes } = toLayout(MAX_BYTES, 0.25)
const now = Date.now()
const lasting = (n: number) =>
  entryOf(n, { storedAt: now, expiresAt: now + 1e9, frames: [noiseOf(n, 20_000)] })

const small = (n: number) =>
  entryOf(n, { storedAt: now, expiresAt: now + 1e9, frames: [noiseOf(n, 1_200)] })

/** Reads as long as it is not ended: what is in the log when it begins has to stay there. */
function holdReader(path: string): { end(): void } {
  const reader = new SqliteDatabase(path, { readonly: true })
  const rows = reader.prepare('SELECT * FROM entries').iterate()
  rows.next()
  return {
    end() {
      rows.return?.()
      reader.close()
    },
  }
}

/** Purges all entries of the model, a slice at a time; gives what is reported of it. */
function purge({ keeper, clock, reports }: KeeperHere, ticket: number): Promise<KeeperReport> {
  const filter = { model: entryOf(1).model }
  keeper.take({ kind: 'ask', ticket, question: { topic: 'purge', filter } })
  return eventually(() => {
    clock.advance(0)
    return reports.find((report) => 'ticket' in report && report.ticket === ticket)
  })
}

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
    const reader = holdReader(path)
    for (let n = 2; n <= 300; n++) here.put(lasting(n))
    expect(statSync(`${path}-wal`).size).toBeLessThan(3 * logBytes)
    expect(here.events('write-failed')).toContainEqual({
      ...{ kind: 'write-failed', reason: 'SQLITE_BUSY' },
    })
    reader.end()
    here.clock.advance(10_000)
    here.put(lasting(301))
    expect(here.events('recovered')).toHaveLength(1)
    expect(here.has(301)).toBe(true)
    expect(statSync(`${path}-wal`).size).toBeLessThan(logBytes)
  })

  it('does not grow with what is removed for room either', () => {
    const path = join(createDirectory(), 'cache.db')
    const maxBytes = 2 * 1024 * 1024
    const here = createKeeperHere(path, maxBytes)
    const put = (from: number, to: number): void => {
      for (let n = from; n <= to; n += 32) {
        here.put(...Array.from({ length: 32 }, (_, i) => small(n + i)))
        here.clock.advance(0)
      }
    }
    put(1, 1_600)
    const reader = holdReader(path)
    put(1_601, 1_800)
    expect(statSync(path).size + statSync(`${path}-wal`).size).toBeLessThan(maxBytes)
    reader.end()
  })

  it('does not grow with a purge: it is refused while somebody reads, and done afterwards', async () => {
    const path = join(createDirectory(), 'cache.db')
    const here = createKeeperHere(path, MAX_BYTES)
    for (let n = 1; n <= 400; n++) here.put(lasting(n))
    const reader = holdReader(path)
    expect(await purge(here, 1)).toEqual({ kind: 'refused', ticket: 1, reason: 'SQLITE_BUSY' })
    expect(statSync(`${path}-wal`).size).toBeLessThan(3 * logBytes)
    reader.end()
    expect(await purge(here, 2)).toMatchObject({ kind: 'answered' })
    expect(here.has(400)).toBe(false)
    expect(statSync(`${path}-wal`).size).toBeLessThan(3 * logBytes)
  })
})
