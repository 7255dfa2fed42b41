import { cpSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import SqliteDatabase from 'better-sqlite3'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { DATABASE_NAME, PAGE_BYTES, TABLE } from '../../src/store/schema.ts'
import type { Entry } from '../../src/store/store.ts'
import { createTieredStore } from '../../src/store/tiered.ts'
import { entryIn, entryOf, noiseOf } from './entries.ts'
import { createDirectory, eventually, type Opened, openStore } from './sqlite-here.ts'

const ENTRIES = 120
/** Every third entry is larger than a page, every other compresses to almost nothing. */
const original = (n: number): Entry =>
  entryOf(n, {
    storedAt: Date.now(),
    expiresAt: 4_102_444_800_000,
    ...(n % 3 === 0 ? { frames: [noiseOf(n, 12_000), Buffer.from(`${n}\n`)] } : {}),
  })
const originals = Array.from({ length: ENTRIES + 1 }, (_, n) => original(n))

/** A database as a closed store leaves it. */
let sound: Buffer
beforeAll(async () => {
  const dataDir = createDirectory()
  const { store } = openStore(dataDir)
  for (const entry of originals.slice(1)) store.put(entry)
  store.writeNote('models', 'known')
  await store.close()
  sound = readFileSync(join(dataDir, DATABASE_NAME))
})

/** Opens a directory whose database has these bytes. */
function openDamaged(bytes: Buffer, besides: (path: string) => void = () => {}): Opened {
  const dataDir = createDirectory()
  const path = join(dataDir, DATABASE_NAME)
  writeFileSync(path, bytes)
  besides(path)
  return openStore(dataDir)
}

/** How many of the entries come back; fails on any that is not what was put. */
async function countRight({ store }: Opened): Promise<number> {
  const tiers = createTieredStore([store], () => {})
  let right = 0
  for (let n = 1; n <= ENTRIES; n++) {
    const entry = await entryIn(tiers, n)
    if (entry === undefined) continue
    expect(isDeepStrictEqual(entry, originals[n]), `entry ${n} is as it was put`).toBe(true)
    right++
  }
  return right
}

/** A new entry reaches the database, after the damaged one was replaced where that is needed. */
async function writeAgain({ store, told }: Opened): Promise<void> {
  const entry = original(1000)
  await eventually(async () => {
    store.put(entry)
    await store.flush()
    return told('committed').find((event) => 'rows' in event && event.rows > 0)
  })
  expect(await entryIn(store, 1000)).toEqual(entry)
}

const withBytes = (at: number, bytes: Buffer) => {
  const damaged = Buffer.from(sound)
  bytes.copy(damaged, at)
  return damaged
}
const pages = () => sound.length / PAGE_BYTES
const page = (share: number) => Math.floor(share * (pages() - 1)) * PAGE_BYTES
const noise = () => noiseOf(0, PAGE_BYTES)

describe('a file that is no database any more is kept aside and replaced', () => {
  it.each<[string, () => Buffer]>([
    ['a zeroed header', () => withBytes(0, Buffer.alloc(100))],
    ['a text file', () => Buffer.from('this is no database\n'.repeat(100))],
    ['the second half cut off', () => sound.subarray(0, sound.length / 2)],
    ['a schema page of garbage', () => withBytes(100, noise().subarray(100))],
    ['garbage throughout', () => noiseOf(0, sound.length)],
  ])('%s', async (_, damage) => {
    const damaged = damage()
    const opened = openDamaged(damaged)
    expect(await countRight(opened)).toBe(0)
    await writeAgain(opened)
    const aside = opened.told('moved-aside')
    expect(aside).toHaveLength(1)
    expect(readFileSync((aside[0] as { path: string }).path).equals(damaged)).toBe(true)
  })

  it.each([0, 1])('what is shorter than a header (%i bytes) is used as it is', async (size) => {
    const opened = openDamaged(Buffer.alloc(size, 'x'))
    await writeAgain(opened)
    expect(opened.told('moved-aside')).toEqual([])
  })
})

describe('damage inside the file never gives a wrong byte, and writing goes on', () => {
  it.each<[string, () => Buffer]>([
    ...[0.1, 0.3, 0.5, 0.7, 1].flatMap((share): [string, () => Buffer][] => [
      [`a page of garbage at ${share}`, () => withBytes(page(share), noise())],
      [`a zeroed page at ${share}`, () => withBytes(page(share), Buffer.alloc(PAGE_BYTES))],
    ]),
    [
      'every page but the first zeroed',
      () => withBytes(PAGE_BYTES, Buffer.alloc(sound.length - PAGE_BYTES)),
    ],
    ['a cut in the middle of the last page', () => sound.subarray(0, sound.length - 100)],
    ['the mark of the owner damaged', () => withBytes(68, Buffer.from('oops'))],
  ])('%s', async (_, damage) => {
    const opened = openDamaged(damage())
    await countRight(opened)
    await writeAgain(opened)
  })

  it('a log of garbage: the database is as it was', async () => {
    const opened = openDamaged(sound, (path) => writeFileSync(`${path}-wal`, noiseOf(1, 50_000)))
    expect(await countRight(opened)).toBe(ENTRIES)
    await writeAgain(opened)
  })

  it.each([0, 7, 100, 799, 1_599])('bit %i of a stored body: one row is gone', async (bit) => {
    const body = bodyOf(3)
    const damaged = Buffer.from(body)
    damaged[bit >> 3]! ^= 1 << (bit & 7)
    const opened = openDamaged(withReplaced(body, damaged))
    expect(await countRight(opened)).toBe(ENTRIES - 1)
    expect(opened.told('corrupt-row')).toHaveLength(1)
    await opened.store.flush()
    expect(opened.store.usage()[0]?.kinds.text.entries).toBe(ENTRIES - 1)
  })

  it.each([
    ['route', '/api/generate', '/api/generatf'],
    ['model', 'llama3.2:latest', 'llama3.3:latest'],
    ['content type', 'application/x-ndjson', 'application/x-ndjsom'],
  ])('another %s in every row: none is given', async (_, from, to) => {
    const opened = openDamaged(withReplaced(Buffer.from(from), Buffer.from(to)))
    expect(await countRight(opened)).toBe(0)
    expect(opened.told('corrupt-row')).toHaveLength(ENTRIES)
  })
})

/** The database with other bytes wherever these stand: pages keep old copies of a row that moved. */
function withReplaced(from: Buffer, to: Buffer): Buffer {
  const damaged = Buffer.from(sound)
  for (let at = sound.indexOf(from); at >= 0; at = sound.indexOf(from, at + 1)) to.copy(damaged, at)
  return damaged
}

/** The beginning of the stored body of an entry of noise, as it stands on its first page. */
function bodyOf(n: number): Buffer {
  const dataDir = createDirectory()
  writeFileSync(join(dataDir, 'copy.db'), sound)
  const database = new SqliteDatabase(join(dataDir, 'copy.db'), { readonly: true })
  const row = database.prepare(`SELECT body FROM ${TABLE.bodies} WHERE id = ?`).get(n)
  database.close()
  return (row as { body: Buffer }).body.subarray(0, 200)
}

describe('whatever bytes are overwritten, wherever', () => {
  it('the store opens, gives nothing wrong and closes', async () => {
    const anywhere = fc.asyncProperty(
      fc.double({ min: 0, max: 0.999999, noNaN: true }),
      fc.uint8Array({ minLength: 1, maxLength: 64 }),
      async (share, bytes) => {
        const opened = openDamaged(withBytes(Math.floor(share * sound.length), Buffer.from(bytes)))
        await countRight(opened)
        opened.store.put(entryOf(1000))
        await opened.store.close()
      },
    )
    await fc.assert(anywhere, { numRuns: 40 })
  }, 60_000)

  it('even in the header', async () => {
    const inHeader = fc.asyncProperty(
      fc.nat({ max: 160 }),
      fc.uint8Array({ minLength: 1, maxLength: 4 }),
      async (at, bytes) => {
        const opened = openDamaged(withBytes(at, Buffer.from(bytes)))
        await countRight(opened)
        opened.store.put(entryOf(1000))
        await opened.store.close()
      },
    )
    await fc.assert(inHeader, { numRuns: 60 })
  }, 60_000)
})

describe('damage to a running store', () => {
  it('is noticed, and the database replaced, without a restart', async () => {
    const dataDir = createDirectory()
    const path = join(dataDir, DATABASE_NAME)
    writeFileSync(path, sound)
    const opened = openStore(dataDir)
    await opened.store.flush()
    truncateSync(path, PAGE_BYTES * 2)
    await countRight(opened)
    await writeAgain(opened)
    const [aside] = opened.told('moved-aside')
    expect(aside).toBeDefined()
    expect(existsSync((aside as { path: string }).path)).toBe(true)
  })

  it('only one damaged file is kept', async () => {
    const dataDir = createDirectory()
    for (const text of ['first', 'second']) {
      writeFileSync(join(dataDir, DATABASE_NAME), text.repeat(200))
      const { store, told } = openStore(dataDir)
      await store.close()
      const { path } = told('moved-aside')[0] as { path: string }
      expect(readFileSync(path, 'latin1')).toBe(text.repeat(200))
      cpSync(path, join(dataDir, `seen-${text}`))
    }
  })
})
