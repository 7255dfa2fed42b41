import { describe, expect, it } from 'vitest'
import { nextTurn } from '../../src/clock.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import type { ToWorker } from '../../src/workers/messages.ts'
import { createNews } from '../../src/workers/news.ts'
import { entryOf, keyOf } from '../store/entries.ts'
import { createManualClock } from '../support/clock.ts'

/** News of a store whose flushes end when the test says so. */
function createBench() {
  const clock = createManualClock()
  const told: (ToWorker | 'flush' | 'forget')[] = []
  const flushes: (() => void)[] = []
  const memory = createMemoryStore(1_000_000)
  const news = createNews({
    clock,
    tell: (message) => void told.push(message),
    async forget() {
      told.push('forget')
    },
  })
  const store = news.watch({
    ...memory,
    flush: () =>
      new Promise<void>((resolve) => {
        told.push('flush')
        flushes.push(resolve)
      }),
  })
  const settle = async (): Promise<void> => {
    flushes.shift()?.()
    await nextTurn()
  }
  return { clock, told, news, store, memory, settle }
}

describe('what is put or removed', () => {
  it('is told of together, and settled once the database has it', async () => {
    const { clock, told, news, store, settle } = createBench()
    store.put(entryOf(1))
    store.remove(keyOf(2))
    await nextTurn()
    expect(told).toEqual([{ kind: 'changing', keys: [keyOf(1), keyOf(2)], batch: 1 }])
    expect(news.changing()).toEqual([
      [keyOf(1), 1],
      [keyOf(2), 1],
    ])
    clock.advance(100)
    await nextTurn()
    expect(told.at(-1)).toBe('flush')
    await settle()
    expect(told.at(-1)).toEqual({ kind: 'settled', batch: 1 })
    expect(news.changing()).toEqual([])
  })

  it('is not settled by a flush that began before it was put', async () => {
    const { clock, told, news, store, settle } = createBench()
    store.put(entryOf(1))
    clock.advance(100)
    await nextTurn()
    store.put(entryOf(1))
    await nextTurn()
    await settle()
    expect(told.at(-1)).toEqual({ kind: 'settled', batch: 1 })
    expect(news.changing()).toEqual([[keyOf(1), 2]])
    clock.advance(100)
    await nextTurn()
    await settle()
    expect(told.at(-1)).toEqual({ kind: 'settled', batch: 2 })
    expect([news.changing(), clock.pending()]).toEqual([[], 0])
  })

  it('is not told of where an import kept what was there', async () => {
    const { told, store, memory } = createBench()
    memory.put(entryOf(1))
    expect(await store.putIfNewer(entryOf(1))).toBe('kept')
    expect(await store.putIfNewer(entryOf(2))).toBe('put')
    await nextTurn()
    expect(told).toEqual([{ kind: 'changing', keys: [keyOf(2)], batch: 1 }])
  })

  it('is forgotten by all before a purge is answered, and not for a dry run', async () => {
    const { told, store } = createBench()
    store.put(entryOf(1))
    expect(await store.purge({}, 'dry-run')).toBe(1)
    expect(told).not.toContain('forget')
    const purging = store.purge({}, 'purge').then((count) => told.push('flush') && count)
    expect(await purging).toBe(1)
    expect(told.slice(-2)).toEqual(['forget', 'flush'])
  })
})
