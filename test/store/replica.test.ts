import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createReplica } from '../../src/store/replica.ts'
import type { Touch } from '../../src/store/rows.ts'
import { DATABASE_NAME } from '../../src/store/schema.ts'
import { createManualClock } from '../support/clock.ts'
import { entryOf, keyOf, textsOf } from './entries.ts'
import { createDirectory, openStore } from './sqlite-here.ts'

/** An entry that no sweep removes while the test runs. */
const freshOf = (n: number) =>
  entryOf(n, { storedAt: Date.now(), expiresAt: Date.now() + 3_600_000 })

/** A database with its owner, and a replica of it. */
async function createBench(access: 'readable' | 'unreadable' = 'readable') {
  const dataDir = createDirectory()
  const clock = createManualClock(Date.now())
  const { store } = openStore(dataDir)
  store.put(freshOf(1))
  await store.flush()
  const touches: Touch[] = []
  const replica = createReplica({
    ...{ dataDir, access, clock },
    onTouches: (all) => void touches.push(...all),
  })
  onTestFinished(() => replica.close())
  return { dataDir, clock, store, replica, touches }
}

describe('a replica', () => {
  it('reads what its owner has committed, as it was put', async () => {
    const { store, replica } = await createBench()
    const found = await replica.get(keyOf(1))
    expect([found?.tier, found?.entry.model]).toEqual(['sqlite', entryOf(1).model])
    expect(textsOf(found?.entry)).toEqual(textsOf(entryOf(1)))
    expect(await replica.get(keyOf(2))).toBeUndefined()
    store.put(freshOf(2))
    await store.flush()
    expect((await replica.get(keyOf(2)))?.entry.key).toBe(keyOf(2))
    await store.purge({}, 'purge')
    expect(await replica.get(keyOf(1))).toBeUndefined()
  })

  it('counts hits for its owner, its own and those of tiers above it', async () => {
    const { replica, touches } = await createBench()
    await replica.get(keyOf(1))
    replica.touch(keyOf(1))
    await replica.get(keyOf(3))
    expect(touches).toEqual([])
    await replica.flush()
    expect(touches).toEqual([{ key: keyOf(1), times: 2 }])
  })

  it('opens nothing where it may not read, and lets go of the file when that ends', async () => {
    const { replica } = await createBench('unreadable')
    expect(await replica.get(keyOf(1))).toBeUndefined()
    replica.reopen('readable')
    expect((await replica.get(keyOf(1)))?.entry.key).toBe(keyOf(1))
    replica.reopen('unreadable')
    expect(await replica.get(keyOf(1))).toBeUndefined()
  })

  it('leaves its owner alone to close the file for good', async () => {
    const { replica, store } = await createBench()
    await replica.get(keyOf(1))
    replica.reopen('unreadable')
    await store.close()
    replica.reopen('readable')
    expect((await replica.get(keyOf(1)))?.entry.key).toBe(keyOf(1))
  })

  it('throws where there is no file, once in a second', async () => {
    const { dataDir, clock, replica } = await createBench()
    rmSync(join(dataDir, DATABASE_NAME))
    expect(() => replica.get(keyOf(1))).toThrow()
    expect(await replica.get(keyOf(1))).toBeUndefined()
    clock.advance(1_000)
    expect(() => replica.get(keyOf(1))).toThrow()
  })
})
