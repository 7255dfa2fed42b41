import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import type { StoreEvent } from '../../src/store/events.ts'
import { DATABASE_NAME } from '../../src/store/schema.ts'
import { createSqliteStore } from '../../src/store/sqlite.ts'
import { entryOf, noiseOf } from './entries.ts'
import { createDirectory, openStore, WRITER_URL } from './sqlite-here.ts'

const MEBIBYTE = 1024 * 1024
/** What is measured is size: a disk of memory does not make the test wait for another. */
const QUICK_DISK = existsSync('/dev/shm') ? '/dev/shm' : undefined
const now = Date.now()

/** Bytes of the database, its log and shared memory. */
function sizeOfAll(dataDir: string): number {
  const sizes = ['', '-wal', '-shm'].map((suffix) => {
    const path = join(dataDir, DATABASE_NAME + suffix)
    return statSync(path, { throwIfNoEntry: false })?.size ?? 0
  })
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Puts ten times the budget, and gives the largest size that was seen, and what was told. */
async function churn(maxBytes: number, bodyBytes: (n: number) => number) {
  const dataDir = createDirectory(QUICK_DISK)
  let largest = 0
  const counts = new Map<StoreEvent['kind'], number>()
  const store = createSqliteStore({
    ...{ dataDir, maxBytes, clock: systemClock, writerUrl: WRITER_URL },
    tell(event) {
      largest = Math.max(largest, sizeOfAll(dataDir))
      counts.set(event.kind, (counts.get(event.kind) ?? 0) + 1)
    },
  })
  let put = 0
  for (let n = 1; put < 10 * maxBytes; n++) {
    const bytes = bodyBytes(n)
    put += bytes
    const kind = n % 4 === 0 ? 'embedding' : 'text'
    store.put(
      entryOf(n, { kind, storedAt: now, expiresAt: now + 1e9, frames: [noiseOf(n, bytes)] }),
    )
    if (n % 32 === 0) await store.flush()
    largest = Math.max(largest, sizeOfAll(dataDir))
  }
  await store.close()
  return { dataDir, largest, counts }
}

describe('ten times the budget', () => {
  it.each<[string, number, (n: number) => number]>([
    ['small entries in 2 MiB', 2 * MEBIBYTE, () => 1_200],
    ['mixed entries in 8 MiB', 8 * MEBIBYTE, (n) => 300 * (1 + ((n * 7919) % 200))],
    ['large entries in 12 MiB', 12 * MEBIBYTE, () => 300_000],
  ])(
    '%s: database, log and shared memory never take more than the budget',
    async (_, maxBytes, bodyBytes) => {
      const { largest, counts } = await churn(maxBytes, bodyBytes)
      expect(largest).toBeLessThanOrEqual(maxBytes * 1.05)
      expect(largest).toBeGreaterThan(maxBytes * 0.7)
      expect(counts.get('write-failed')).toBeUndefined()
      expect(counts.get('dropped')).toBeUndefined()
      expect(counts.get('removed')).toBeGreaterThan(0)
    },
    60_000,
  )
})

describe('a budget that is lowered', () => {
  it('is kept as soon as the store is open, the file cut to it', async () => {
    const { dataDir } = await churn(4 * MEBIBYTE, () => 20_000)
    const { store } = openStore(dataDir, { maxBytes: MEBIBYTE })
    while (sizeOfAll(dataDir) > 1 * MEBIBYTE) await store.flush()
    expect(store.usage()[0]?.kinds.text.entries).toBeGreaterThan(0)
  }, 60_000)
})

describe('after a purge', () => {
  it('the file gives its pages back', async () => {
    const { dataDir } = await churn(4 * MEBIBYTE, () => 20_000)
    const { store } = openStore(dataDir, { maxBytes: 4 * MEBIBYTE })
    expect(await store.purge({}, 'purge')).toBeGreaterThan(100)
    while (sizeOfAll(dataDir) > MEBIBYTE) await store.flush()
  }, 60_000)
})
