import { copyFileSync, existsSync, renameSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { DATABASE_NAME } from '../../src/store/schema.ts'
import { createManualClock } from '../support/clock.ts'
import { entryIn, entryOf, noiseOf, toPlain } from './entries.ts'
import { createDirectory, eventually, type Opened, openStore } from './sqlite-here.ts'

const now = Date.now()
const lasting = (n: number) => entryOf(n, { storedAt: now, expiresAt: now + 1e9 })

/** A running store with 30 entries on the disk. */
async function createRunning(): Promise<
  Opened & { path: string; dataDir: string; pass(ms: number): void }
> {
  const dataDir = join(createDirectory(), 'data')
  const clock = createManualClock(now)
  const opened = openStore(dataDir, { clock })
  for (let n = 1; n <= 30; n++) opened.store.put(lasting(n))
  await opened.store.flush()
  return { ...opened, dataDir, path: join(dataDir, DATABASE_NAME), pass: clock.advance }
}

/** What is put now is on the disk, under the right name. */
async function expectWorking({ store, path }: { store: Opened['store']; path: string }) {
  store.put(lasting(100))
  await store.flush()
  expect(await entryIn(store, 100)).toEqual(lasting(100))
  const database = new SqliteDatabase(path, { readonly: true })
  expect(database.prepare('SELECT count(*) FROM entries').pluck().get()).toBe(1)
  database.close()
}

const remove = (path: string) => {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
}

describe('a database whose file is taken away while it is in use', () => {
  it.each<[string, (running: { path: string; dataDir: string }) => void]>([
    ['deleted', ({ path }) => remove(path)],
    ['deleted without its log', ({ path }) => rmSync(path)],
    ['deleted with the whole directory', ({ dataDir }) => rmSync(dataDir, { recursive: true })],
    ['renamed', ({ path }) => renameSync(path, `${path}.elsewhere`)],
  ])('%s: is noticed within 5 s, and a new one begun', async (_, takeAway) => {
    const running = await createRunning()
    takeAway(running)
    running.pass(4_999)
    await eventually(() => running.told('file-gone')[0])
    await running.store.flush()
    await expectWorking(running)
  })

  it('replaced by another of ours: that one is used', async () => {
    const other = await createRunning()
    await other.store.purge({}, 'purge')
    await other.store.close()
    const running = await createRunning()
    remove(running.path)
    copyFileSync(other.path, running.path)
    running.pass(4_999)
    await eventually(() => running.told('file-gone')[0])
    await running.store.flush()
    expect(await entryIn(running.store, 1)).toBeUndefined()
    await expectWorking(running)
  })

  it("replaced by somebody else's: that one is left alone, until it is gone", async () => {
    const running = await createRunning()
    remove(running.path)
    const foreign = new SqliteDatabase(running.path)
    foreign.exec('CREATE TABLE bookmarks (url TEXT)')
    foreign.close()
    running.pass(4_999)
    await eventually(() => running.told('unavailable')[0])
    running.store.put(lasting(1))
    await running.store.flush()
    expect(await entryIn(running.store, 1)).toBeUndefined()
    remove(running.path)
    running.pass(12_000)
    await eventually(() => running.told('recovered')[0])
    await expectWorking(running)
  })

  it('misses and puts meanwhile, and nothing throws', async () => {
    const running = await createRunning()
    remove(running.path)
    for (let n = 1; n <= 60; n++) {
      running.store.put(lasting(n))
      const entry = await entryIn(running.store, n)
      if (entry !== undefined) expect(toPlain(entry)).toEqual(lasting(n))
    }
    running.pass(4_999)
    await eventually(() => running.told('file-gone')[0])
    await running.store.close()
    expect(existsSync(running.path)).toBe(true)
  })
})

describe('a file that is cut while it is in use', () => {
  it('is noticed though nobody reads it, kept aside and replaced', async () => {
    const running = await createRunning()
    for (let n = 1; n <= 1000; n++)
      running.store.put({ ...lasting(n), frames: [noiseOf(n, 12_000)] })
    await running.store.flush()
    running.pass(4_999)
    // The look is over when the next one waits.
    await running.store.inspect()
    truncateSync(running.path, 8192)
    for (let look = 0; running.told('moved-aside').length === 0; look++) {
      running.pass(4_999)
      await running.store.flush()
      expect(look).toBeLessThan(1000)
    }
    await running.store.flush()
    await expectWorking(running)
  })
})
