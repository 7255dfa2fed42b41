import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DATABASE_NAME, PAGE_BYTES, SCHEMA_VERSION } from '../../src/store/schema.ts'
import { createManualClock } from '../support/clock.ts'
import { entryIn, entryOf, noiseOf } from './entries.ts'
import { createDirectory, eventually, openStore } from './sqlite-here.ts'

const now = Date.now()
const lasting = (n: number) =>
  entryOf(n, { storedAt: now + n, expiresAt: now + 1e9, frames: [noiseOf(n, 3_000)] })

async function createFilled(entries: number): Promise<string> {
  const dataDir = createDirectory()
  const { store } = openStore(dataDir)
  for (let n = 1; n <= entries; n++) store.put(lasting(n))
  await store.close()
  return dataDir
}

describe('an inspection', () => {
  it('says what the files are like', async () => {
    const { store } = openStore(await createFilled(200))
    const inspection = await store.inspect()
    expect(inspection).toMatchObject({
      ...{ schemaVersion: SCHEMA_VERSION, integrity: 'ok', entries: 200, pageBytes: PAGE_BYTES },
      ...{ oldestStoredAt: now + 1, newestStoredAt: now + 200 },
    })
    const { pages = 0, databaseBytes, sample } = inspection ?? {}
    expect(databaseBytes).toBe(pages * PAGE_BYTES)
    expect(sample?.rows).toBeGreaterThan(40)
    expect(sample?.damaged).toBe(0)
  })

  it('of an empty store has no oldest entry', async () => {
    const { store } = openStore(createDirectory())
    const inspection = await store.inspect()
    expect(inspection).toMatchObject({ entries: 0, sample: { rows: 0, damaged: 0 } })
    expect(inspection?.oldestStoredAt).toBeUndefined()
  })
})

describe('the check after the start', () => {
  it('is made in the background, and told', async () => {
    const clock = createManualClock(now)
    const { told } = openStore(await createFilled(10), { clock })
    expect(told('checked')).toEqual([])
    clock.advance(2_000)
    expect(await eventually(() => told('checked')[0])).toEqual({ kind: 'checked', result: 'ok' })
  })

  it('finds what reading does not: the file is kept aside and replaced, and nothing wrong is given', async () => {
    const dataDir = await createFilled(300)
    const path = join(dataDir, DATABASE_NAME)
    const bytes = readFileSync(path)
    // The free space of a leaf, counted in its head: rows on the page are read as if nothing were wrong.
    const leaf = findLeaf(bytes)
    bytes.writeUInt8(bytes.readUInt8(leaf + 7) + 200, leaf + 7)
    writeFileSync(path, bytes)
    const clock = createManualClock(now)
    const { store, told } = openStore(dataDir, { clock })
    clock.advance(2_000)
    const checked = await eventually(() => told('checked')[0])
    expect((checked as { result: string }).result).not.toBe('ok')
    await eventually(() => told('moved-aside')[0])
    await store.flush()
    store.put(lasting(1))
    await store.flush()
    expect(await entryIn(store, 1)).toEqual(lasting(1))
  })

  it('does not hold up the end', async () => {
    const clock = createManualClock(now)
    const { store, told } = openStore(await createFilled(10), { clock })
    clock.advance(2_000)
    await store.close()
    expect(told('moved-aside')).toEqual([])
  })
})

/** Where a leaf page of a table begins, one in the middle of the file. */
function findLeaf(bytes: Buffer): number {
  for (let at = Math.floor(bytes.length / 2 / PAGE_BYTES) * PAGE_BYTES; ; at += PAGE_BYTES)
    if (bytes[at] === 13) return at
}
