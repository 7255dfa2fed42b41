import { beforeEach, describe, expect, it } from 'vitest'
import { keyOf, noiseOf, STORED_AT } from './entries.ts'
import { createUpkeepHere, type UpkeepHere } from './upkeep-here.ts'

let here: UpkeepHere
beforeEach(() => {
  here = createUpkeepHere()
})

describe('removing by age', () => {
  it('takes all that has expired, with their bodies, and nothing else', async () => {
    here.fill(1, 450, { expiresAt: STORED_AT - 1 })
    here.fill(451, 460)
    here.upkeep.startSweeping()
    await here.pass(0)
    expect(here.removed()).toEqual({ expired: 450 })
    expect([here.count(), here.count('bodies'), here.count('digests')]).toEqual([10, 10, 1])
  })

  it('takes an entry at the instant it expires, and not before', async () => {
    here.fill(1, 1, { expiresAt: STORED_AT + 60_000 })
    here.upkeep.startSweeping()
    await here.pass(0)
    await here.pass(59_999)
    expect(here.count()).toBe(1)
    await here.pass(1)
    expect(here.count()).toBe(0)
  })

  it('leaves an expired entry for as long as it may be given stale', async () => {
    here = createUpkeepHere({ staleMs: 5_000 })
    here.fill(1, 1, { expiresAt: STORED_AT + 60_000 })
    here.upkeep.startSweeping()
    await here.pass(0)
    await here.pass(64_999)
    expect(here.count()).toBe(1)
    await here.pass(1)
    expect(here.count()).toBe(0)
  })

  it('looks again within an hour, so that entries written meanwhile are not forgotten', async () => {
    here.upkeep.startSweeping()
    await here.pass(0)
    here.fill(1, 1, { expiresAt: STORED_AT + 60_000 })
    await here.pass(3_600_000)
    expect(here.count()).toBe(0)
  })

  it('waits when nothing expires: no look more often than it has to', async () => {
    here.fill(1, 1, { expiresAt: STORED_AT + 50 * 24 * 3_600_000 })
    here.upkeep.startSweeping()
    await here.pass(0)
    expect(here.delays).toEqual([0, 3_600_000])
  })

  it('is not done before it is told to start', async () => {
    here.fill(1, 1, { expiresAt: STORED_AT - 1 })
    await here.pass(10_000_000)
    expect(here.count()).toBe(1)
  })

  it('stops', async () => {
    here.upkeep.startSweeping()
    await here.pass(0)
    here.upkeep.stop()
    expect(here.clock.pending()).toBe(0)
  })

  it('survives a database that fails: it says so and tries again in 10 s, not at once', async () => {
    here.database.close()
    here.upkeep.startSweeping()
    await here.pass(0)
    expect(here.events).toEqual([{ kind: 'write-failed', reason: expect.any(String) }])
    await here.pass(9_999)
    expect(here.events).toHaveLength(1)
    await here.pass(1)
    expect(here.events).toHaveLength(2)
  })
})

describe('entries of models that are gone', () => {
  beforeEach(() => {
    here.fill(1, 30, { digest: keyOf(100), model: 'old:latest' })
    here.fill(31, 40, { digest: keyOf(101), model: 'new:latest' })
  })

  it('are removed, with the name of the model and their number told', async () => {
    here.upkeep.setDigests(new Set([keyOf(101), keyOf(102)]))
    await here.pass(0)
    expect(here.count()).toBe(10)
    expect(here.removed()).toEqual({ orphaned: 30 })
    expect(here.events).toContainEqual({
      ...{ kind: 'orphaned', digest: keyOf(100), model: 'old:latest', rows: 30 },
    })
    expect(here.count('digests')).toBe(1)
  })

  it('stay while their digest is known, under whatever name', async () => {
    here.upkeep.setDigests(new Set([keyOf(100), keyOf(101)]))
    await here.pass(0)
    expect(here.events).toEqual([])
  })

  it('go all together when keys are made differently, but not what is put from then on', async () => {
    here.upkeep.abandonAll()
    here.fill(50, 52)
    await here.pass(0)
    expect(here.removed()).toEqual({ orphaned: 40 })
    expect(here.count()).toBe(3)
  })
})

describe('a purge', () => {
  it('removes what is meant and was there when it began, in slices', async () => {
    here.fill(1, 3000)
    const purged = here.upkeep.purge({})
    here.fill(2990, 3010)
    await here.pass(0)
    expect(await purged).toBe(2989)
    expect(here.count()).toBe(21)
    expect(here.removed()).toEqual({ purged: 2989 })
  })

  it('gives the pages back', async () => {
    here.fill(1, 500, { frames: [noiseOf(1, 20_000)] })
    const purged = here.upkeep.purge({})
    await here.pass(0)
    expect(await purged).toBe(500)
    expect(here.database.pragma('page_count', { simple: true })).toBeLessThan(200)
  })

  it('fails where the database does', async () => {
    here.database.close()
    const purged = here.upkeep.purge({})
    const failed = expect(purged).rejects.toThrow()
    await here.pass(0)
    await failed
  })
})
