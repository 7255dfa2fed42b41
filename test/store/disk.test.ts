import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { entryIn, entryOf, noiseOf } from './entries.ts'
import { createDirectory, expectNothingKept, openStore, runLastly } from './sqlite-here.ts'

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
    const ballast = join(path, 'ballast')
    for (let size = 2_097_152; size >= 1; size = Math.floor(size / 2)) {
      try {
        writeFileSync(ballast, Buffer.alloc(size), { flag: 'a' })
      } catch {
        // Half as much may still fit.
      }
    }
    const opened = openStore(path)
    expect(opened.told('unavailable')).toHaveLength(1)
    await expectNothingKept(opened)
  })

  it('that is read-only: it keeps nothing', async () => {
    const path = createSmallDisk()
    const first = openStore(path)
    first.store.put(entryOf(1))
    await first.store.close()
    expect(mount('-o', 'remount,ro', path)).toBe(true)
    const opened = openStore(path)
    expect(opened.told('unavailable')).toHaveLength(1)
    await expectNothingKept(opened)
  })
})
