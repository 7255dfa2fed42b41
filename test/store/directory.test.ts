import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { RepriseError } from '../../src/errors.ts'
import { deleteOldSchemas, leaveRoomBesideOld } from '../../src/store/old-schemas.ts'
import { DATABASE_NAME } from '../../src/store/schema.ts'
import { createDirectory, expectNothingKept, openStore } from './sqlite-here.ts'

describe("somebody else's database", () => {
  it('is refused by name, and left as it is', async () => {
    const dataDir = createDirectory()
    const path = join(dataDir, DATABASE_NAME)
    const other = new SqliteDatabase(path)
    other.exec('CREATE TABLE bookmarks (url TEXT)')
    other.close()
    const before = readFileSync(path)
    let error: unknown
    try {
      openStore(dataDir)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(RepriseError)
    expect(error).toMatchObject({ code: 'foreign-database', exitStatus: 78 })
    expect((error as Error).message).toContain(path)
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(readdirSync(dataDir).filter((name) => name.startsWith('cache'))).toEqual([DATABASE_NAME])
  })

  it('is known by its mark alone, and does not keep the directory locked', () => {
    const dataDir = createDirectory()
    const path = join(dataDir, DATABASE_NAME)
    const other = new SqliteDatabase(path)
    other.pragma('application_id = 1')
    expect(() => openStore(dataDir)).toThrow(/another program/)
    other.pragma('application_id = 0')
    other.close()
    expect(openStore(dataDir).events).toEqual([])
  })
})

describe('the owner of a data directory', () => {
  it('is one store; a second one keeps nothing until the first is closed', async () => {
    const dataDir = createDirectory()
    const first = openStore(dataDir)
    const second = openStore(dataDir)
    expect(second.told('locked-by-other')).toHaveLength(1)
    await expectNothingKept(second)
    await first.store.close()
    expect(openStore(dataDir).events).toEqual([])
  })
})

function occupy(path: string): string {
  writeFileSync(path, '')
  return path
}

function occupyName(path: string): string {
  mkdirSync(join(path, DATABASE_NAME), { recursive: true })
  return path
}

describe('a data directory that cannot be used: the store keeps nothing and says why', () => {
  it.each<[string, (path: string) => string]>([
    ['it is a file', occupy],
    ['its parent is a file', (path) => join(occupy(path), 'below')],
    ['the database is a directory', occupyName],
    ['the kernel makes no files there', () => '/proc/self'],
  ])('%s', async (_, prepare) => {
    const opened = openStore(prepare(join(createDirectory(), 'data')))
    expect(opened.events).toEqual([
      { kind: 'unavailable', path: expect.any(String), reason: expect.any(String) },
    ])
    await expectNothingKept(opened)
  })
})

describe('databases of older schemas', () => {
  const now = Date.UTC(2026, 5, 1)
  const DAY_MS = 24 * 3600 * 1000
  function createFiles(ageDays: number): string {
    const dataDir = createDirectory()
    const at = new Date(now - ageDays * DAY_MS)
    for (const name of [
      'cache.v0.db',
      'cache.v0.db-wal',
      DATABASE_NAME,
      'cache.v999.db',
      'cache.vx.db',
    ]) {
      writeFileSync(join(dataDir, name), 'x')
      utimesSync(join(dataDir, name), at, at)
    }
    return dataDir
  }

  it('are deleted with their logs after 30 days, and nothing else is', () => {
    const dataDir = createFiles(31)
    deleteOldSchemas(dataDir, now)
    expect(readdirSync(dataDir).sort()).toEqual([DATABASE_NAME, 'cache.v999.db', 'cache.vx.db'])
  })

  it('are kept until then', () => {
    const dataDir = createFiles(29)
    deleteOldSchemas(dataDir, now)
    expect(readdirSync(dataDir)).toHaveLength(5)
  })

  it('count in the budget', () => {
    const dataDir = createFiles(1)
    expect(leaveRoomBesideOld(dataDir, 1000)).toBe(998)
    expect(readdirSync(dataDir)).toHaveLength(5)
  })

  it('go at once where they would leave less than half of it', () => {
    const dataDir = createFiles(1)
    expect(leaveRoomBesideOld(dataDir, 3)).toBe(3)
    expect(readdirSync(dataDir).sort()).toEqual([DATABASE_NAME, 'cache.v999.db', 'cache.vx.db'])
  })
})
