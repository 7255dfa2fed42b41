import { describe, expect, it } from 'vitest'
import type { SqliteStore } from '../../src/store/sqlite.ts'
import { createManualClock } from '../support/clock.ts'
import { entryOf, keyOf, noiseOf } from './entries.ts'
import { createDirectory, eventually, openStore } from './sqlite-here.ts'

const now = Date.now()
const lasting = (n: number) =>
  entryOf(n, { storedAt: now, expiresAt: now + 1e9, frames: [noiseOf(n, 3_000)] })
const hitsOf = async (store: SqliteStore, n: number) => {
  const query = { sortBy: 'key', order: 'ascending', limit: 1, offset: 0 } as const
  const { rows } = await store.list({ ...query, filter: { keyPrefix: keyOf(n) } })
  return rows[0]?.hits
}

describe('hits', () => {
  it('survive a restart', async () => {
    const dataDir = createDirectory()
    const first = openStore(dataDir)
    first.store.put(lasting(1))
    for (let i = 0; i < 5; i++) void first.store.get(keyOf(1))
    await first.store.close()
    const { store } = openStore(dataDir)
    void store.get(keyOf(1))
    expect(await hitsOf(store, 1)).toBe(6)
  })

  it('survive the entry they were counted for, when a newer one takes its place', async () => {
    const { store } = openStore(createDirectory())
    store.put(lasting(1))
    void store.get(keyOf(1))
    await store.flush()
    store.put({ ...lasting(1), storedAt: now + 1 })
    expect(await hitsOf(store, 1)).toBe(1)
  })

  it('are written behind, at most once a second', async () => {
    const clock = createManualClock(now)
    const dataDir = createDirectory()
    const { store } = openStore(dataDir, { clock })
    for (let n = 1; n <= 300; n++) store.put(lasting(n))
    await store.flush()
    const timers = clock.pending()
    for (let i = 0; i < 10_000; i++) void store.get(keyOf((i % 300) + 1))
    expect(clock.pending()).toBe(timers + 1)
    clock.advance(1_000)
    expect(await hitsOf(store, 1)).toBe(34)
    expect(await hitsOf(store, 300)).toBe(33)
  })

  it('of entries that are gone are passed over', async () => {
    const { store, events } = openStore(createDirectory())
    store.put(lasting(1))
    void store.get(keyOf(1))
    store.remove(keyOf(1))
    await store.flush()
    expect(await hitsOf(store, 1)).toBeUndefined()
    expect(events.filter(({ kind }) => kind !== 'committed')).toEqual([])
  })

  it('decide what stays when the budget is used up', async () => {
    const { store, told } = openStore(createDirectory(), { maxBytes: 2 * 1024 * 1024 })
    for (let n = 1; n <= 100; n++) store.put(lasting(n))
    await store.flush()
    for (let i = 0; i < 30; i++) for (let n = 1; n <= 100; n++) void store.get(keyOf(n))
    await store.flush()
    for (let n = 101; n <= 1500; n++) {
      store.put(lasting(n))
      if (n % 50 === 0) await store.flush()
    }
    await eventually(() => told('removed')[0])
    await store.flush()
    const kept = await Promise.all(Array.from({ length: 100 }, (_, i) => hitsOf(store, i + 1)))
    expect(kept.filter((hits) => hits !== undefined).length).toBeGreaterThan(95)
  })
})
