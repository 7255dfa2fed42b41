import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Filter, ListQuery, OwnedStore, SortField } from '../../src/store/query.ts'
import type { Entry } from '../../src/store/store.ts'
import { entryIn, entryOf, keyOf, noiseOf, toPlain } from './entries.ts'

const MINUTE_MS = 60_000
const begun = Date.now()

/** Ten entries that differ in everything a filter can ask for. */
const shelf: readonly Entry[] = Array.from({ length: 10 }, (_, n) =>
  entryOf(n, {
    route: n < 5 ? '/api/chat' : '/api/generate',
    kind: n % 5 === 0 ? 'embedding' : 'text',
    model: n % 2 === 0 ? 'Llama3.2' : 'qwen3:4b',
    digest: keyOf(n % 2),
    storedAt: begun - n * MINUTE_MS,
    expiresAt: begun + (n < 8 ? 60 : -60) * MINUTE_MS,
    costMs: n * 100,
    tokens: n,
    frames: [noiseOf(n, 1000 * (n + 1))],
    parts: { prompt: keyOf(n).slice(0, 8), options: n < 5 ? 'aaaaaaaa' : 'bbbbbbbb' },
  }),
)

/** What every store whose owner can look into it answers. `open` makes an empty one; the contract closes it. */
export function describeOwned(name: string, open: () => Promise<OwnedStore>): void {
  describe(`a store its owner can look into (${name})`, () => {
    let store: OwnedStore
    beforeEach(async () => {
      store = await open()
      for (const entry of shelf) store.put(entry)
    })
    afterEach(() => store.close())

    const list = (query: Partial<ListQuery> = {}) =>
      store.list({ filter: {}, sortBy: 'key', order: 'ascending', limit: 100, offset: 0, ...query })
    const numbersOf = async (query: Partial<ListQuery>) =>
      (await list(query)).rows.map(({ tokens }) => tokens)

    it('lists what was put a moment ago, without its text', async () => {
      const { total, rows } = await list({ sortBy: 'tokens' })
      expect(total).toBe(10)
      const { key, route, kind, model, digest, storedAt, expiresAt, costMs, tokens } = shelf[3]!
      const said = { key, route, kind, model, digest, storedAt, expiresAt, costMs, tokens }
      const row = rows[3]!
      expect(row).toEqual({
        ...said,
        hits: 0,
        hitAt: undefined,
        ageSeconds: row.ageSeconds,
        bytes: row.bytes,
      })
      expect(row.ageSeconds).toBeGreaterThanOrEqual(180)
      expect(row.bytes).toBeGreaterThan(3900)
    })

    it.each<[string, Filter, number[]]>([
      ['route', { route: '/api/chat' }, [0, 1, 2, 3, 4]],
      ['kind', { kind: 'embedding' }, [0, 5]],
      [
        'model, in any letter case, with or without latest',
        { model: 'llama3.2:LATEST' },
        [0, 2, 4, 6, 8],
      ],
      ['digest', { digest: keyOf(1) }, [1, 3, 5, 7, 9]],
      ['instant before', { storedBeforeAt: begun - 6.5 * MINUTE_MS }, [7, 8, 9]],
      ['instant from', { storedFromAt: begun - 2 * MINUTE_MS }, [0, 1, 2]],
      ['size', { leastBytes: 3500, mostBytes: 5500 }, [3, 4]],
      ['hits', { mostHits: 0, leastBytes: 9500 }, [9]],
      ['hits there are none of', { leastHits: 1 }, []],
      ['key', { keyPrefix: keyOf(4) }, [4]],
      [
        'beginning of a key, odd and in capitals',
        { keyPrefix: keyOf(4).slice(0, 7).toUpperCase() },
        [4],
      ],
      ['a key that is none', { keyPrefix: 'xyz' }, []],
      ['several at once', { route: '/api/chat', model: 'qwen3:4b' }, [1, 3]],
    ])('filters by %s', async (_, filter, expected) => {
      expect(await numbersOf({ filter, sortBy: 'tokens' })).toEqual(expected)
      expect(await store.purge(filter, 'dry-run')).toBe(expected.length)
    })

    it.each<SortField>([
      'storedAt',
      'ageSeconds',
      'bytes',
      'costMs',
      'key',
      'model',
      'hits',
      'kind',
    ])('sorts by %s, both ways, in pages', async (sortBy) => {
      const up = (await list({ sortBy })).rows
      const down = (await list({ sortBy, order: 'descending' })).rows
      for (const [i, row] of up.entries()) {
        if (i > 0) expect(up[i - 1]![sortBy] <= row[sortBy]).toBe(true)
      }
      expect(down.map((row) => row[sortBy])).toEqual(up.map((row) => row[sortBy]).reverse())
      const pages = [0, 4, 8].map((offset) => list({ sortBy, offset, limit: 4 }))
      const paged = (await Promise.all(pages)).flatMap(({ rows }) => rows)
      // Their ages are another second's, when one has gone by.
      expect(paged.map(({ key }) => key)).toEqual(up.map(({ key }) => key))
    })

    it('counts hits and says when the last one was, but not what the owner looks at', async () => {
      await entryIn(store, 2)
      await entryIn(store, 2)
      await store.peek(keyOf(3))
      const rows = (await list({ sortBy: 'hits', order: 'descending' })).rows
      expect(rows.slice(0, 2).map(({ hits }) => hits)).toEqual([2, 0])
      expect(rows[0]!.key).toBe(keyOf(2))
      expect(rows[0]!.hitAt).toBeGreaterThanOrEqual(begun)
    })

    it('purges what is meant, at once and for good, and nothing else', async () => {
      expect(await store.purge({ route: '/api/chat' }, 'purge')).toBe(5)
      for (const [n, entry] of shelf.entries())
        expect(await entryIn(store, n)).toEqual(n < 5 ? undefined : entry)
      expect((await list()).total).toBe(5)
    })

    it('keeps what is put after a purge', async () => {
      expect(await store.purge({}, 'purge')).toBe(10)
      store.put(shelf[9]!)
      await store.flush()
      expect(await numbersOf({})).toEqual([9])
    })

    it('clears what has expired when it is told to', async () => {
      expect(await store.expire()).toBe(2)
      expect(await numbersOf({ sortBy: 'tokens' })).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    })

    it('gives whole entries, a filtered few or all', async () => {
      const read = async (filter: Filter) => {
        const entries: Entry[] = []
        for await (const entry of store.entries(filter)) entries.push(toPlain(entry))
        return entries.sort((a, b) => a.tokens - b.tokens)
      }
      expect(await read({})).toEqual(shelf)
      expect(await read({ kind: 'embedding' })).toEqual([shelf[0], shelf[5]])
    })

    it('names the entry of the route that differs in the fewest fields', async () => {
      const parts = { prompt: keyOf(7).slice(0, 8), options: 'cccccccc' }
      const nearest = await store.nearest(parts, '/api/generate')
      expect([nearest?.row.key, nearest?.differing]).toEqual([keyOf(7), ['options']])
      const other = { prompt: 'ffffffff', options: 'aaaaaaaa', think: '00000000' }
      const newest = await store.nearest(other, '/api/chat')
      expect([newest?.row.key, newest?.differing]).toEqual([keyOf(0), ['prompt', 'think']])
      expect(await store.nearest(parts, '/api/embed')).toBeUndefined()
    })

    it('takes an entry in only where none as new is there', async () => {
      const older = { ...shelf[1]!, storedAt: begun - MINUTE_MS - 1, tokens: 99 }
      const newer = { ...shelf[1]!, storedAt: begun, tokens: 99 }
      expect(await store.putIfNewer(older)).toBe('kept')
      expect(await store.putIfNewer(shelf[1]!)).toBe('kept')
      expect((await entryIn(store, 1))?.tokens).toBe(1)
      expect(await store.putIfNewer(newer)).toBe('put')
      expect((await entryIn(store, 1))?.tokens).toBe(99)
      expect(await store.putIfNewer(entryOf(55))).toBe('put')
    })

    it('says which keys it has', async () => {
      expect(await store.held([keyOf(1), keyOf(50)])).toEqual(new Set([keyOf(1)]))
    })
  })
}
