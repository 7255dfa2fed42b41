import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import SqliteDatabase from 'better-sqlite3'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { createReader } from '../../src/store/reader.ts'
import { configureConnection, DATABASE_NAME } from '../../src/store/schema.ts'
import type { Entry } from '../../src/store/store.ts'
import { entryOf, keyOf, noiseOf, toPlain } from './entries.ts'
import { createDirectory, openStore } from './sqlite-here.ts'

const ENTRIES = 60
const originals = Array.from(
  { length: ENTRIES },
  (_, n): Entry =>
    entryOf(n, {
      storedAt: Date.now(),
      expiresAt: 4_102_444_800_000,
      parts: { prompt: keyOf(n).slice(0, 8), model: 'aaaaaaaa' },
      ...(n % 3 === 0 ? { frames: [noiseOf(n, 12_000), Buffer.from(`${n}\n`)] } : {}),
    }),
)

let sound: Buffer
beforeAll(async () => {
  const dataDir = createDirectory()
  const { store } = openStore(dataDir)
  for (const entry of originals) store.put(entry)
  await store.close()
  sound = readFileSync(join(dataDir, DATABASE_NAME))
})

/** What comes of reading every entry of a file: right, refused, or not there. */
function readAll(path: string) {
  const seen = { right: 0, wrong: 0, damaged: 0, missing: 0 }
  try {
    const database = new SqliteDatabase(path, { readonly: true, timeout: 0 })
    try {
      configureConnection(database)
      const reader = createReader(database)
      for (const [n, original] of originals.entries()) {
        const entry = attempt(() => reader.read(keyOf(n)))
        if (entry === 'damaged') seen.damaged++
        else if (entry === undefined) seen.missing++
        else if (isDeepStrictEqual(toPlain(entry), original)) seen.right++
        else seen.wrong++
      }
    } finally {
      database.close()
    }
  } catch {
    seen.missing = ENTRIES
  }
  return seen
}

/** A fault while reading is a miss. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

describe('a thousand bits of the file flipped, one at a time, wherever', () => {
  it('never give an entry that is not what was put', () => {
    const path = join(createDirectory(), 'flipped.db')
    const sums = { damaged: 0, harmless: 0 }
    const anyBit = fc.property(fc.noBias(fc.nat({ max: sound.length * 8 - 1 })), (bit) => {
      const flipped = Buffer.from(sound)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      writeFileSync(path, flipped)
      const seen = readAll(path)
      expect(seen.wrong).toBe(0)
      if (seen.right === ENTRIES) sums.harmless++
      if (seen.damaged > 0) sums.damaged++
    })
    fc.assert(anyBit, { numRuns: 1000 })
    expect(sums.damaged).toBeGreaterThan(100)
    expect(sums.harmless).toBeGreaterThan(100)
  }, 60_000)
})
