import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/store/memory.ts'
import { DATABASE_NAME } from '../../src/store/schema.ts'
import { createTieredStore } from '../../src/store/tiered.ts'
import { describeStore } from './contract.ts'
import { entryIn, entryOf, keyOf } from './entries.ts'
import { describeOwned } from './owner-contract.ts'
import { createDirectory, eventually, openStore, WRITER_URL } from './sqlite-here.ts'

const MEBIBYTE = 1024 * 1024

/** What has expired is there until somebody says otherwise. */
const openKeeping = () => openStore(createDirectory(), { staleMs: 1e13 }).store

describeStore('sqlite', async () => openKeeping())
describeStore('memory over sqlite', async () =>
  createTieredStore([createMemoryStore(MEBIBYTE), openKeeping()], (error) =>
    expect.unreachable(String(error)),
  ),
)
describeOwned('sqlite', async () => openKeeping())
describeOwned('memory over sqlite', async () =>
  createTieredStore([createMemoryStore(MEBIBYTE, Date.now), openKeeping()], (error) =>
    expect.unreachable(String(error)),
  ),
)

/** Far ahead of the wall clock, which the thread reads. */
const lasting = { storedAt: Date.now(), expiresAt: Date.now() + 3_600_000_000 }

describe('a data directory', () => {
  it('gives what was put before the store was closed', async () => {
    const dataDir = createDirectory()
    const first = openStore(dataDir)
    for (let n = 1; n <= 300; n++) first.store.put(entryOf(n, lasting))
    first.store.remove(keyOf(7))
    await first.store.close()
    const { store, events } = openStore(dataDir)
    for (let n = 1; n <= 300; n++)
      expect(await entryIn(store, n)).toEqual(n === 7 ? undefined : entryOf(n, lasting))
    expect(store.usage()[0]?.kinds.text.entries).toBe(299)
    expect(events).toEqual([])
  })

  it('is one file when the store is closed: the log is folded back', async () => {
    const dataDir = createDirectory()
    const { store } = openStore(dataDir)
    store.put(entryOf(1))
    await store.close()
    expect(readdirSync(dataDir).filter((name) => name.startsWith('cache'))).toEqual([DATABASE_NAME])
  })

  it('and its files are for their owner only', async () => {
    const dataDir = join(createDirectory(), 'a', 'b')
    const { store } = openStore(dataDir)
    store.put(entryOf(1))
    await store.flush()
    expect(statSync(dataDir).mode & 0o777).toBe(0o700)
    const names = readdirSync(dataDir)
    expect(names).toContain(`${DATABASE_NAME}-wal`)
    for (const name of names)
      expect([name, statSync(join(dataDir, name)).mode & 0o777]).toEqual([name, 0o600])
  })

  it('keeps notes', async () => {
    const dataDir = createDirectory()
    const first = openStore(dataDir)
    expect(first.store.readNote('models')).toBeUndefined()
    first.store.writeNote('models', '{"a":1}')
    first.store.writeNote('models', '{"a":2}')
    await first.store.flush()
    expect(first.store.readNote('models')).toBe('{"a":2}')
    await first.store.close()
    expect(openStore(dataDir).store.readNote('models')).toBe('{"a":2}')
  })
})

describe('writes', () => {
  it('of 640 entries put at once are ten transactions', async () => {
    const { store, told } = openStore(createDirectory())
    for (let n = 1; n <= 640; n++) store.put(entryOf(n))
    await store.flush()
    const rows = told('committed').flatMap((event) => ('rows' in event ? [event.rows] : []))
    expect(rows.reduce((sum, count) => sum + count, 0)).toBe(640)
    expect(rows.length).toBeLessThanOrEqual(640 / 16)
  })

  it('reach the database without anybody waiting for them', async () => {
    const { store, told } = openStore(createDirectory())
    store.put(entryOf(1))
    expect(await eventually(() => told('committed')[0])).toEqual({ kind: 'committed', rows: 1 })
  })

  it('past 64 MiB in the queue are dropped, the newest first, and counted', async () => {
    const { store, told } = openStore(createDirectory())
    // What has expired is cleared at the start, which may come late.
    const large = { ...lasting, frames: [Buffer.alloc(10 * MEBIBYTE)] }
    for (let n = 1; n <= 8; n++) store.put(entryOf(n, large))
    expect(told('dropped')).toHaveLength(2)
    await store.flush()
    expect(await entryIn(store, 6)).toBeDefined()
    expect(await entryIn(store, 7)).toBeUndefined()
    store.put(entryOf(7, large))
    expect(await entryIn(store, 7)).toBeDefined()
  })
})

describe('a process with nothing else to do', () => {
  const run = (last: string) => {
    const program = `
      import { systemClock } from '${new URL('../../dist/clock.js', import.meta.url)}'
      import { createSqliteStore } from '${new URL('../../dist/store/sqlite.js', import.meta.url)}'
      const store = createSqliteStore({ dataDir: ${JSON.stringify(createDirectory())}, tell() {},
        maxBytes: 1e8, clock: systemClock, writerUrl: new URL('${WRITER_URL}') })
      ${last}`
    const args = ['--input-type=module', '-e', program]
    return spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 15_000 })
  }

  it('is not kept alive by the thread', () => {
    expect(run('')).toMatchObject({ status: 0, stderr: '' })
  })

  it('lives until a flush and the closing it waits for are done', () => {
    const ended = run("await store.flush(); await store.close(); console.log('done')")
    expect(ended).toMatchObject({ status: 0, stdout: 'done\n', stderr: '' })
  })
})

describe('without its thread', () => {
  const nowhere = new URL('file:///nowhere/writer-thread.js')

  it('the store keeps nothing, says so, and nobody waits for it', async () => {
    const { store, told } = openStore(createDirectory(), { writerUrl: nowhere })
    store.put(entryOf(1))
    await store.flush()
    await eventually(() => told('write-failed')[0])
    store.put(entryOf(2))
    await store.flush()
    expect(await entryIn(store, 2)).toBeUndefined()
    expect(told('dropped')).toHaveLength(1)
    await store.close()
  })
})
