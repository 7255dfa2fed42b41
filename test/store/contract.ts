import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Sight, Store } from '../../src/store/store.ts'
import { anyEntry, entryIn, entryOf, keyOf, noiseOf, toPlain } from './entries.ts'

/** What every implementation of a store does. `open` makes an empty one; the contract closes it. */
export function describeStore(name: string, open: () => Promise<Store>): void {
  describe(`a store (${name})`, () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.close())

    const count = () =>
      store
        .usage()
        .map(({ kinds }) => [kinds.text.entries, kinds.vision.entries, kinds.embedding.entries])
    const bytes = () => store.usage().map(({ kinds }) => kinds.text.bytes)

    it('has nothing at first', async () => {
      expect(await store.get(keyOf(1))).toBeUndefined()
      for (const counts of count()) expect(counts).toEqual([0, 0, 0])
    })

    it('gives an entry as soon as it was put', async () => {
      store.put(entryOf(1))
      expect(await entryIn(store, 1)).toEqual(entryOf(1))
    })

    it('gives an entry after it was written, byte for byte', async () => {
      const entry = entryOf(1, {
        frames: [Buffer.from([0, 255, 10]), Buffer.alloc(0), noiseOf(1, 5000)],
      })
      store.put(entry)
      await store.flush()
      expect(await entryIn(store, 1)).toEqual(entry)
    })

    it('gives any entry as it was put', async () => {
      const asPut = fc.asyncProperty(anyEntry, async (entry) => {
        store.put(entry)
        await store.flush()
        expect(toPlain((await store.get(entry.key))?.entry)).toEqual(entry)
      })
      await fc.assert(asPut, { numRuns: 40 })
    })

    it('names the tier an entry came from, one that it reports the use of', async () => {
      store.put(entryOf(1))
      const found = await store.get(keyOf(1))
      expect(store.usage().map(({ tier }) => tier)).toContain(found?.tier)
    })

    it('gives an entry whose lifetime is over: freshness is judged by who asks', async () => {
      store.put(entryOf(1, { expiresAt: 1 }))
      expect(await entryIn(store, 1)).toEqual(entryOf(1, { expiresAt: 1 }))
    })

    it('keeps entries apart whose keys differ in the last digit', async () => {
      const [a, b] = [`${'0'.repeat(63)}1`, `${'0'.repeat(63)}2`]
      store.put(entryOf(1, { key: a }))
      store.put(entryOf(2, { key: b }))
      await store.flush()
      expect(toPlain((await store.get(a))?.entry)).toEqual(entryOf(1, { key: a }))
      expect(toPlain((await store.get(b))?.entry)).toEqual(entryOf(2, { key: b }))
    })

    it('replaces an entry, and counts it once', async () => {
      store.put(entryOf(1))
      await store.flush()
      const newer = entryOf(1, { frames: [Buffer.from('newer\n')] })
      store.put(newer)
      expect(await entryIn(store, 1)).toEqual(newer)
      await store.flush()
      expect(await entryIn(store, 1)).toEqual(newer)
      for (const counts of count()) expect(counts).toEqual([1, 0, 0])
    })

    it('sees of many keys at once what is there, each in its place, without reading what is not at hand', async () => {
      for (const n of [1, 2, 3]) store.put(entryOf(n, { expiresAt: n }))
      await store.flush()
      store.put(entryOf(4))
      store.remove(keyOf(2))
      const places = [9, 4, 1, 2, 3, 1]
      const sights = await store.survey(places.map((n) => keyOf(n)))
      const seen = places.map((_, place) => toInstants(sights[place]))
      const [one, three] = [entryOf(1, { expiresAt: 1 }), entryOf(3, { expiresAt: 3 })]
      expect(seen).toEqual(
        [undefined, entryOf(4), one, undefined, three, one].map(
          (entry) => entry && { storedAt: entry.storedAt, expiresAt: entry.expiresAt },
        ),
      )
    })

    it('sees nothing of no keys', async () => {
      expect(await store.survey([])).toEqual([])
    })

    it('forgets a removed entry at once and for good', async () => {
      store.put(entryOf(1))
      await store.flush()
      store.remove(keyOf(1))
      expect(await store.get(keyOf(1))).toBeUndefined()
      await store.flush()
      expect(await store.get(keyOf(1))).toBeUndefined()
      for (const size of bytes()) expect(size).toBe(0)
    })

    it('forgets an entry that is removed before it was written', async () => {
      store.put(entryOf(1))
      store.remove(keyOf(1))
      await store.flush()
      expect(await store.get(keyOf(1))).toBeUndefined()
    })

    it('has an entry that is put again after its removal', async () => {
      store.put(entryOf(1))
      store.remove(keyOf(1))
      store.put(entryOf(1))
      expect(await entryIn(store, 1)).toEqual(entryOf(1))
      await store.flush()
      expect(await entryIn(store, 1)).toEqual(entryOf(1))
    })

    it('takes the removal of what it does not have', async () => {
      store.remove(keyOf(1))
      await store.flush()
      expect(await store.get(keyOf(1))).toBeUndefined()
    })

    it('counts entries and bytes of each kind', async () => {
      store.put(entryOf(1))
      store.put(entryOf(2, { kind: 'vision' }))
      store.put(entryOf(3, { kind: 'embedding' }))
      store.put(entryOf(4))
      await store.flush()
      for (const counts of count()) expect(counts).toEqual([2, 1, 1])
      for (const size of bytes()) expect(size).toBeGreaterThan(0)
    })

    it('counts an entry under its new kind when that changes', async () => {
      store.put(entryOf(1))
      store.put(entryOf(1, { kind: 'vision' }))
      await store.flush()
      for (const counts of count()) expect(counts).toEqual([0, 1, 0])
    })

    it('closes twice without harm', async () => {
      store.put(entryOf(1))
      await store.close()
      await store.close()
    })
  })
}

function toInstants(sight: Sight): { storedAt: number; expiresAt: number } | undefined {
  if (sight === undefined) return undefined
  const { storedAt, expiresAt } = 'entry' in sight ? sight.entry : sight
  return { storedAt, expiresAt }
}
