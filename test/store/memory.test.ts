import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/store/memory.ts'
import type { Entry } from '../../src/store/store.ts'
import { describeStore } from './contract.ts'
import { entryIn, entryOf, keyOf, noiseOf, toPlain } from './entries.ts'
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

  it('never holds more bytes than it may, counting what small frames cost', async () => {
    const store = createMemoryStore(MEBIBYTE)
    const frames = Array.from({ length: 1000 }, () => Buffer.from('x'))
    for (let n = 0; n < 100; n++) store.put(entryOf(n, { frames }))
    for (let n = 0; n < 100; n++) await store.get(keyOf(n))
    const { entries, bytes } = store.usage()[0]!.kinds.text
    expect(bytes).toBeLessThanOrEqual(MEBIBYTE)
    expect(entries).toBeGreaterThan(20)
    // Each is 5 KB packed, and has 1 KB of frames that are made ready besides.
    expect(entries).toBeLessThan(90)
  })

  it('holds thousands that nobody has asked for, and gives up the oldest of them', async () => {
    const store = createMemoryStore(4 * MEBIBYTE)
    const frames = [noiseOf(1, 1000)]
    for (let n = 0; n < 10_000; n++) store.put(entryOf(n, { frames }))
    const { entries } = store.usage()[0]!.kinds.text
    expect(entries).toBeGreaterThan(2200)
    for (let n = 0; n < 10_000 - entries; n++) expect(store.peek(keyOf(n))).toBeUndefined()
    for (let n = 10_000 - entries; n < 10_000; n++)
      expect(toPlain((await store.peek(keyOf(n)))?.entry)).toEqual(entryOf(n, { frames }))
  })

  it('keeps what is asked for while thousands come that nobody wants', async () => {
    const store = createMemoryStore(4 * MEBIBYTE)
    for (let n = 0; n < 10_000; n++) {
      store.put(entryOf(n, { frames: [noiseOf(n, 1000)] }))
      for (let wanted = 0; wanted < 5; wanted++)
        expect(n % 50 === 0 && wanted < n && (await store.get(keyOf(wanted)))).not.toBeUndefined()
    }
    const found = (await store.get(keyOf(3)))?.entry
    expect(toPlain(found)).toEqual(entryOf(3, { frames: [noiseOf(3, 1000)] }))
  })

  it('gives the same object to all who ask for an entry', async () => {
    const store = createMemoryStore(MEBIBYTE)
    store.put(entryOf(1))
    const found = await Promise.all([store.get(keyOf(1)), store.get(keyOf(1))])
    expect(found[0]!.entry).toBe(found[1]!.entry)
    store.put(entryOf(1))
    expect((await store.get(keyOf(1)))!.entry).not.toBe(found[0]!.entry)
  })

  it('gives what nobody writes over, whatever is put later', async () => {
    const store = createMemoryStore(MEBIBYTE)
    store.put(entryOf(1))
    const seen = (await store.peek(keyOf(1)))!.entry
    for (let n = 2; n < 5000; n++) store.put(entryOf(n, { frames: [noiseOf(n, 500)] }))
    expect(store.peek(keyOf(1))).toBeUndefined()
    expect(toPlain(seen)).toEqual(entryOf(1))
  })

  it('forgets what no model of the origin has made', async () => {
    const store = createMemoryStore(16 * MEBIBYTE)
    const digests = [keyOf(-1), keyOf(-2)]
    for (let n = 0; n < 2000; n++) store.put(entryOf(n, { digest: digests[n % 2]! }))
    for (let n = 0; n < 10; n++) await store.get(keyOf(n))
    store.setDigests(new Set(digests.slice(0, 1)))
    await store.flush()
    const { rows } = await store.list({
      ...{ filter: {}, sortBy: 'key', order: 'ascending', limit: 5000, offset: 0 },
    })
    expect(rows.length).toBe(1000)
    expect(new Set(rows.map(({ digest }) => digest))).toEqual(new Set([keyOf(-1)]))
  })

  it('counts as many bytes as it holds, whatever happens to it, and none when it is empty', async () => {
    const key = fc.nat({ max: 30 })
    const size = fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 60_000 }))
    const act = fc.record({
      kind: fc.constantFrom('put', 'put', 'put', 'get', 'remove'),
      key,
      size,
    })
    const holds = fc.asyncProperty(
      fc.array(act, { maxLength: 200 }),
      fc.constantFrom(20_000, 200_000, MEBIBYTE),
      async (acts, maxBytes) => {
        const store = createMemoryStore(maxBytes)
        const last = new Map<number, Entry>()
        for (const { kind, key, size } of acts) {
          const entry = entryOf(key, { frames: [noiseOf(size, size)] })
          if (kind === 'put') {
            store.put(entry)
            last.set(key, entry)
          } else if (kind === 'remove') {
            store.remove(keyOf(key))
            last.delete(key)
          } else {
            const found = await entryIn(store, key)
            if (found !== undefined) expect(found).toEqual(last.get(key))
          }
          expect(store.usage()[0]!.kinds.text.bytes).toBeLessThanOrEqual(maxBytes)
        }
        for (let n = 0; n <= 30; n++) store.remove(keyOf(n))
        expect(store.usage()[0]!.kinds.text).toEqual({ entries: 0, bytes: 0 })
      },
    )
    await fc.assert(holds, { numRuns: 60 })
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
