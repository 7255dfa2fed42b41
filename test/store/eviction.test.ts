import { describe, expect, it } from 'vitest'
import { toLayout } from '../../src/store/layout.ts'
import { createPages } from '../../src/store/pages.ts'
import { keyOf, noiseOf, STORED_AT } from './entries.ts'
import { createUpkeepHere } from './upkeep-here.ts'

const MEBIBYTE = 1024 * 1024
const frames = [noiseOf(1, 20_000)]
const touch = (n: number, times: number) => [{ key: keyOf(n), times }]

describe('removing for room', () => {
  it('is not done while the budget is not used up', async () => {
    const here = createUpkeepHere({ maxBytes: 10 * MEBIBYTE })
    here.fill(1, 350, { frames })
    here.upkeep.makeRoom()
    await here.pass(0)
    expect(here.count()).toBe(350)
    expect(here.events).toEqual([])
  })

  it('removes until the budget is kept, and no more than that asks for', async () => {
    const here = createUpkeepHere({ maxBytes: 10 * MEBIBYTE })
    here.fill(1, 600, { frames })
    here.upkeep.makeRoom()
    await here.pass(0)
    const { easedPages } = toLayout(10 * MEBIBYTE, 0.25)
    expect(createPages(here.database).used()).toBeLessThanOrEqual(easedPages)
    expect(createPages(here.database).used()).toBeGreaterThan(easedPages - 16)
    expect(here.removed()).toEqual({ budget: 600 - here.count() })
    expect(here.database.pragma('integrity_check', { simple: true })).toBe('ok')
  })

  it('takes what has expired first, however much that would cost to generate', async () => {
    const here = createUpkeepHere({ maxBytes: 10 * MEBIBYTE, staleMs: 1e9 })
    here.fill(1, 300, { frames, costMs: 1e6, expiresAt: STORED_AT - 1 })
    here.upkeep.startSweeping()
    here.fill(301, 600, { frames, costMs: 1 })
    here.upkeep.makeRoom()
    await here.pass(0)
    const { expired = 0 } = here.removed()
    expect(here.removed()).toEqual({ expired })
    expect(expired).toBe(600 - here.count())
  })

  it('keeps what costs most to generate, and what is asked for most', async () => {
    const here = createUpkeepHere({ maxBytes: 10 * MEBIBYTE })
    here.fill(1, 100, { frames, costMs: 100_000 })
    here.fill(101, 200, { frames, costMs: 1_000 })
    here.fill(201, 700, { frames, costMs: 1_000 })
    for (let n = 101; n <= 200; n++) here.rows.touch(touch(n, 50), STORED_AT)
    here.upkeep.makeRoom()
    await here.pass(0)
    const kept = (from: number, to: number) => {
      let count = 0
      for (let n = from; n <= to; n++) if (here.has(n)) count++
      return count
    }
    expect(kept(1, 100)).toBe(100)
    expect(kept(101, 200)).toBe(100)
    expect(kept(201, 700)).toBe(here.count() - 200)
    expect(here.count()).toBeLessThan(450)
  })

  it('remembers how popular an entry was that had to go', async () => {
    const here = createUpkeepHere({ maxBytes: MEBIBYTE })
    here.fill(1, 1, { frames, costMs: 1 })
    here.rows.touch(touch(1, 20), STORED_AT)
    here.fill(2, 60, { frames, costMs: 1e6 })
    here.upkeep.makeRoom()
    await here.pass(0)
    expect(here.has(1)).toBe(false)
    here.fill(1, 1, { frames })
    const weight = here.database.prepare('SELECT max(weight) FROM hits').pluck().get() as number
    expect(weight).toBeGreaterThan(20)
    expect(weight).toBeLessThanOrEqual(22)
  })

  it('makes room for a write at once where there is none', () => {
    const here = createUpkeepHere({ maxBytes: 4 * MEBIBYTE })
    const { maxPages } = toLayout(4 * MEBIBYTE, 0.25)
    here.fill(1, 170, { frames })
    here.upkeep.reserve(400_000)
    expect(maxPages - createPages(here.database).used()).toBeGreaterThan(400_000 / 8192)
  })

  it('ends when nothing is left to remove', async () => {
    const here = createUpkeepHere({ maxBytes: 0 })
    here.upkeep.reserve(1e6)
    here.upkeep.makeRoom()
    await here.pass(0)
    expect(here.events).toEqual([])
    expect(here.clock.pending()).toBe(0)
  })

  it('survives a database that fails', async () => {
    const here = createUpkeepHere()
    here.database.close()
    here.upkeep.makeRoom()
    await here.pass(0)
    expect(here.events[0]).toMatchObject({ kind: 'write-failed' })
  })
})

describe('the share of embeddings', () => {
  const embedding = { frames: [noiseOf(1, 4_000)], kind: 'embedding' } as const

  it('is all they get, however empty the rest is', async () => {
    const here = createUpkeepHere({ maxBytes: 20 * MEBIBYTE, embeddingShare: 0.1 })
    here.fill(1, 100, { frames })
    here.fill(101, 900, embedding)
    here.upkeep.makeRoom()
    await here.pass(0)
    const { quota = 0 } = here.removed()
    expect(here.removed()).toEqual({ quota })
    const left = (800 - quota) * 4_600
    expect(left).toBeLessThanOrEqual(2 * MEBIBYTE)
    expect(left).toBeGreaterThan(1.5 * MEBIBYTE)
  })

  it('is theirs: text does not push them out', async () => {
    const here = createUpkeepHere({ maxBytes: 10 * MEBIBYTE, embeddingShare: 0.25 })
    here.fill(1, 300, { ...embedding, costMs: 1 })
    here.fill(301, 1000, { frames, costMs: 1e6 })
    here.upkeep.makeRoom()
    await here.pass(0)
    expect(here.count()).toBeLessThan(700)
    for (let n = 1; n <= 300; n++) expect(here.has(n)).toBe(true)
  })
})
