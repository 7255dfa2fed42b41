import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createManualClock } from '../support/clock.ts'
import { entryIn, entryOf, noiseOf } from './entries.ts'
import { createKeeperHere } from './keeper-here.ts'
import {
  createDirectory,
  eventually,
  expectNothingKept,
  openStore,
  runLastly,
} from './sqlite-here.ts'

const mount = (...args: string[]) => spawnSync('mount', args).status === 0
const tmpfs = (path: string) => mount('-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', path)
const mayMount = (() => {
  const probe = mkdtempSync(join(tmpdir(), 'reprise-mount-'))
  const may = process.platform === 'linux' && tmpfs(probe)
  if (may) spawnSync('umount', [probe])
  rmdirSync(probe)
  return may
})()

/** A file system of 2 MiB, unmounted after the test. */
function createSmallDisk(): string {
  const path = createDirectory()
  tmpfs(path)
  runLastly(() => void spawnSync('umount', [path]))
  return path
}

/** Takes every byte that is left. */
function fillUp(path: string): void {
  for (let size = 2_097_152; size >= 1; size = Math.floor(size / 2)) {
    try {
      writeFileSync(join(path, 'ballast'), Buffer.alloc(size), { flag: 'a' })
    } catch {
      // Half as much may still fit.
    }
  }
}

const now = Date.now()
const lasting = (n: number) =>
  entryOf(n, { storedAt: now, expiresAt: now + 1e9, frames: [noiseOf(n, 20_000)] })
const ALL = { filter: {}, sortBy: 'key', order: 'ascending', limit: 0, offset: 0 } as const

describe.skipIf(!mayMount)('a disk of 2 MiB (needs the right to mount)', () => {
  it('that fills up: what was written stays right, the rest is counted, nothing throws', async () => {
    const { store, told } = openStore(createSmallDisk())
    const original = (n: number) =>
      entryOf(n, { expiresAt: 4_102_444_800_000, frames: [noiseOf(n, 30_000)] })
    for (let n = 1; n <= 200; n++) {
      store.put(original(n))
      if (n % 10 === 0) await store.flush()
    }
    expect(told('write-failed').length).toBeGreaterThan(0)
    expect(told('dropped').length).toBeGreaterThan(0)
    let right = 0
    for (let n = 1; n <= 200; n++) {
      const entry = await entryIn(store, n)
      if (entry === undefined) continue
      expect(entry.frames[0]?.equals(original(n).frames[0]!)).toBe(true)
      right++
    }
    expect(right).toBeGreaterThan(0)
    await store.close()
  })

  it('that is full when the store opens: it keeps nothing', async () => {
    const path = createSmallDisk()
    fillUp(path)
    const opened = openStore(path)
    expect(opened.told('unavailable')).toHaveLength(1)
    await expectNothingKept(opened)
  })

  it('that is read-only: what is there is served, nothing is added, and nothing fails', async () => {
    const path = createSmallDisk()
    const first = openStore(path)
    for (let n = 1; n <= 20; n++) first.store.put(lasting(n))
    await first.store.close()
    expect(mount('-o', 'remount,ro', path)).toBe(true)
    const { store, told } = openStore(path)
    expect(told('read-only')).toHaveLength(1)
    for (let n = 1; n <= 20; n++) expect(await entryIn(store, n)).toEqual(lasting(n))
    store.put(lasting(21))
    store.remove(lasting(1).key)
    await store.flush()
    expect(await entryIn(store, 21)).toBeUndefined()
    expect(told('dropped')).toHaveLength(1)
    expect((await store.list(ALL)).total).toBe(20)
    const refused = { code: 'store-failed', message: expect.stringContaining('can only be read') }
    await expect(store.purge({}, 'purge')).rejects.toMatchObject(refused)
  })

  it('that was read-only when its process was killed: what is there is served all the same', async () => {
    const path = createSmallDisk()
    const first = openStore(path)
    for (let n = 1; n <= 20; n++) first.store.put(lasting(n))
    await first.store.flush()
    const copy = createSmallDisk()
    cpSync(path, copy, { recursive: true })
    expect(mount('-o', 'remount,ro', copy)).toBe(true)
    const { store } = openStore(copy)
    for (let n = 1; n <= 20; n++) expect(await entryIn(store, n)).toEqual(lasting(n))
  })

  it('that can be written again is written again, within 12 s and without a restart', async () => {
    const path = createSmallDisk()
    await openStore(path).store.close()
    expect(mount('-o', 'remount,ro', path)).toBe(true)
    const clock = createManualClock(Date.now())
    const { store, told } = openStore(path, { clock })
    clock.advance(24_000)
    expect(told('read-only')).toHaveLength(1)
    expect(mount('-o', 'remount,rw', path)).toBe(true)
    clock.advance(12_000)
    await eventually(() => told('recovered')[0])
    store.put(lasting(1))
    await store.flush()
    expect(told('committed')).toHaveLength(1)
    expect(await entryIn(store, 1)).toEqual(lasting(1))
  })

  it('that was full and has room again takes entries again after 10 s', () => {
    const path = createSmallDisk()
    const here = createKeeperHere(join(path, 'cache.db'))
    const put = (n: number) => here.put(lasting(n))
    put(1)
    fillUp(path)
    for (let n = 2; n <= 30; n++) put(n)
    expect(here.events('write-failed').length).toBeGreaterThan(0)
    rmSync(join(path, 'ballast'))
    here.clock.advance(10_000)
    put(31)
    expect(here.events('recovered')).toHaveLength(1)
    expect(here.has(1) && here.has(31)).toBe(true)
  })
})
