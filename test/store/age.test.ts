import { describe, expect, it } from 'vitest'
import { entryIn, entryOf } from './entries.ts'
import { createDirectory, eventually, openStore } from './sqlite-here.ts'

const DAY_MS = 24 * 3600 * 1000

describe('removing by age', () => {
  const now = Date.now()
  const clock = (offsetMs: number) => ({
    now: () => now + offsetMs,
    monotonic: () => 0,
    startTimer: () => ({ cancel() {} }),
  })
  const expired = entryOf(1, { storedAt: now - DAY_MS, expiresAt: now - 1 })

  async function createAged(): Promise<string> {
    const dataDir = createDirectory()
    const { store } = openStore(dataDir, { clock: clock(8 * DAY_MS), staleMs: 1e13 })
    store.put(entryOf(2, { storedAt: now, expiresAt: now + DAY_MS }))
    store.put(expired)
    await store.close()
    return dataDir
  }

  it('begins when the store opens', async () => {
    const { store, told } = openStore(await createAged(), { clock: clock(0) })
    expect(await eventually(() => told('removed')[0])).toEqual({
      kind: 'removed',
      reason: 'expired',
      rows: 1,
    })
    expect(await entryIn(store, 1)).toBeUndefined()
    expect(await entryIn(store, 2)).toBeDefined()
  })

  it.each([8 * DAY_MS, -9 * DAY_MS])(
    'waits while the clock is %i ms off the newest row, until the origin agrees with the clock',
    async (offsetMs) => {
      const { store, told } = openStore(await createAged(), { clock: clock(offsetMs) })
      await store.flush()
      expect(told('clock-doubted')).toHaveLength(1)
      expect(await entryIn(store, 1)).toEqual(expired)
      store.confirmClock(now + offsetMs + 30 * DAY_MS)
      await store.flush()
      expect(await entryIn(store, 1)).toEqual(expired)
      store.confirmClock(now + offsetMs + DAY_MS)
      await eventually(() => told('removed')[0])
      expect(await entryIn(store, 1)).toBeUndefined()
    },
  )
})
