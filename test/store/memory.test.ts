import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/store/memory.ts'
import { describeStore } from './contract.ts'
import { entryIn, entryOf, keyOf } from './entries.ts'
import { describeOwned } from './owner-contract.ts'

const MEBIBYTE = 1024 * 1024

describeStore('memory', async () => createMemoryStore(64 * MEBIBYTE))

describeOwned('memory', async () => createMemoryStore(64 * MEBIBYTE, Date.now))

const large = (n: number) => entryOf(n, { frames: [Buffer.alloc(100_000, n)] })

describe('the memory tier', () => {
  it('lets the least recently used entries go when its bytes are used up', async () => {
    const store = createMemoryStore(450_000)
    for (const n of [1, 2, 3]) store.put(large(n))
    await store.get(keyOf(1))
    store.put(large(4))
    expect(await entryIn(store, 2)).toBeUndefined()
    for (const n of [1, 3, 4]) expect((await store.peek(keyOf(n)))?.entry).toEqual(large(n))
    expect(store.usage()[0]?.kinds.text.entries).toBe(3)
  })

  it('counts what is made of an entry once it is given, and no more for the next times', async () => {
    const store = createMemoryStore(MEBIBYTE)
    const bytes = () => store.usage()[0]!.kinds.text.bytes
    store.put(large(1))
    const before = bytes()
    await store.get(keyOf(1))
    const after = bytes()
    expect(after - before).toBeGreaterThan(100_000)
    await store.get(keyOf(1))
    store.put(large(1))
    expect(bytes()).toBe(after)
    store.remove(keyOf(1))
    expect(bytes()).toBe(0)
  })

  it('never holds more bytes than it may, counting what small frames cost', () => {
    const store = createMemoryStore(MEBIBYTE)
    const frames = Array.from({ length: 1000 }, () => Buffer.from('x'))
    for (let n = 0; n < 100; n++) store.put(entryOf(n, { frames }))
    const { entries, bytes } = store.usage()[0]!.kinds.text
    expect(bytes).toBeLessThanOrEqual(MEBIBYTE)
    expect(entries).toBeLessThan(15)
  })

  it('does not keep an entry larger than all of it, and loses none for it', async () => {
    const store = createMemoryStore(350_000)
    store.put(large(1))
    store.put(entryOf(2, { frames: [Buffer.alloc(400_000)] }))
    expect(await entryIn(store, 2)).toBeUndefined()
    expect(await entryIn(store, 1)).toEqual(large(1))
  })

  it('forgets an entry whose replacement is too large', async () => {
    const store = createMemoryStore(350_000)
    store.put(large(1))
    store.put(entryOf(1, { frames: [Buffer.alloc(400_000)] }))
    expect(await entryIn(store, 1)).toBeUndefined()
    expect(store.usage()[0]?.kinds.text).toEqual({ entries: 0, bytes: 0 })
  })

  it('keeps nothing when it may hold nothing', async () => {
    const store = createMemoryStore(0)
    store.put(entryOf(1))
    expect(await entryIn(store, 1)).toBeUndefined()
  })
})
