import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/store/memory.ts'
import type { Found, Store } from '../../src/store/store.ts'
import { createTieredStore } from '../../src/store/tiered.ts'
import { describeStore } from './contract.ts'
import { entryIn, entryOf, keyOf, toPlain } from './entries.ts'
import { describeOwned } from './owner-contract.ts'

const MEBIBYTE = 1024 * 1024
const createTier = () => createMemoryStore(64 * MEBIBYTE)
const refuseFaults = (error: unknown) => expect.unreachable(String(error))

/** A tier that answers by promises only, as one behind a network does. */
function createDistant({ recall: _, ...inner }: Store): Store {
  return {
    ...inner,
    get: async (key) => inner.get(key),
    survey: async (keys) => inner.survey(keys),
  }
}

/** A tier every call of which fails: at once, or by the promise it gives. */
function createBroken(fail: () => never, failLate: () => Promise<never>): Store {
  const late = { flush: failLate, close: failLate }
  return { get: fail, survey: fail, touch: fail, put: fail, remove: fail, usage: fail, ...late }
}

const holds = (tier: Store): boolean => tier.usage()[0]?.kinds.text.entries === 1

const fault = new Error('the disk is gone')
const throwAtOnce = (): never => {
  throw fault
}
const rejectLater = () => Promise.reject(fault)
const throwing = () => createBroken(throwAtOnce, throwAtOnce)
const rejecting = (): Store => ({
  ...createBroken(throwAtOnce, rejectLater),
  get: rejectLater,
  survey: rejectLater,
})

describeStore('two tiers', async () =>
  createTieredStore([createTier(), createTier()], refuseFaults),
)
describeOwned('two tiers', async () =>
  createTieredStore(
    [createMemoryStore(MEBIBYTE, Date.now), createMemoryStore(MEBIBYTE, Date.now)],
    refuseFaults,
  ),
)
describeStore('a near and a distant tier', async () =>
  createTieredStore([createTier(), createDistant(createTier())], refuseFaults),
)
describeStore('a tier behind one that throws', async () =>
  createTieredStore([throwing(), createTier()], () => {}),
)
describeStore('a tier in front of one that throws', async () =>
  createTieredStore([createTier(), throwing()], () => {}),
)
describeStore('a tier behind one that rejects', async () =>
  createTieredStore([rejecting(), createTier()], () => {}),
)

describe('tiers', () => {
  it('answer at once when the first one does', () => {
    const store = createTieredStore([createTier(), createDistant(createTier())], refuseFaults)
    store.put(entryOf(1))
    expect(store.get(keyOf(1))).not.toBeInstanceOf(Promise)
  })

  it.each([
    ['near', (tier: Store) => tier],
    ['distant', createDistant],
  ])('take in what a %s one below them had when it is asked for again', async (_, wrap) => {
    const [upper, lower] = [createTier(), createTier()]
    const store = createTieredStore([upper, wrap(lower)], refuseFaults)
    lower.put(entryOf(1))
    expect(await entryIn(store, 1)).toEqual(entryOf(1))
    expect(await entryIn(upper, 1)).toBeUndefined()
    expect(await entryIn(store, 1)).toEqual(entryOf(1))
    expect(await entryIn(upper, 1)).toEqual(entryOf(1))
  })

  it('recall what one below has that answers at once, and take it in as for any other use', () => {
    const [upper, lower] = [createTier(), createTier()]
    const store = createTieredStore([upper, lower], refuseFaults)
    lower.put(entryOf(1))
    expect(toPlain(store.recall?.(keyOf(1))?.entry)).toEqual(entryOf(1))
    expect(upper.usage()[0]?.kinds.text.entries).toBe(0)
    expect(toPlain(store.recall?.(keyOf(1))?.entry)).toEqual(entryOf(1))
    expect(upper.usage()[0]?.kinds.text.entries).toBe(1)
    expect(store.recall?.(keyOf(2))).toBeUndefined()
  })

  it('take in again what the first has lost, at its next use', () => {
    const [upper, lower] = [createTier(), createTier()]
    const store = createTieredStore([upper, lower], refuseFaults)
    lower.put(entryOf(1))
    const tiersOf = (uses: number) =>
      Array.from({ length: uses }, () => store.recall?.(keyOf(1))?.tier && holds(upper))
    expect(tiersOf(3)).toEqual([false, true, true])
    // As a worker does when the first process says that it changes.
    upper.remove(keyOf(1))
    expect(holds(upper)).toBe(false)
    expect(tiersOf(2)).toEqual([true, true])
  })

  it('recall nothing from behind one that answers later', async () => {
    const [distant, lower] = [createTier(), createTier()]
    const store = createTieredStore([createTier(), createDistant(distant), lower], refuseFaults)
    lower.put(entryOf(1))
    expect(store.recall?.(keyOf(1))).toBeUndefined()
    expect(await entryIn(store, 1)).toEqual(entryOf(1))
  })

  it('recall nothing from one that fails, and say so', () => {
    const faults: unknown[] = []
    const failing = { ...throwing(), recall: throwAtOnce }
    const lower = createTier()
    const store = createTieredStore([failing, lower], (error) => faults.push(error))
    lower.put(entryOf(1))
    expect(toPlain(store.recall?.(keyOf(1))?.entry)).toEqual(entryOf(1))
    expect(faults).toEqual([fault])
  })

  it('keep what is wanted all the time while 10 000 others are asked for once', async () => {
    const hot = Array.from({ length: 10 }, (_, index) => 20_000 + index)
    const scanned = Array.from({ length: 10_000 }, (_, index) => index)
    const [upper, lower] = [createMemoryStore(80_000), createTier()]
    const store = createTieredStore([upper, lower], refuseFaults)
    for (const n of [...hot, ...scanned]) lower.put(entryOf(n))
    for (const n of [...hot, ...hot, ...scanned]) await store.get(keyOf(n))
    const places = await Promise.all(hot.map(async (n) => (await store.get(keyOf(n)))?.tier))
    expect(upper.usage()[0]?.kinds.text.entries).toBe(hot.length)
    expect(places).toEqual(hot.map(() => 'memory'))
    for (const n of hot) expect(await entryIn(upper, n)).toEqual(entryOf(n))
  })

  it('do not ask below the first one that has the entry', () => {
    const store = createTieredStore([createTier(), throwing()], () => {})
    store.put(entryOf(1))
    const faults: unknown[] = []
    const watched = createTieredStore([store, { ...throwing(), touch() {} }], (error) =>
      faults.push(error),
    )
    expect(toPlain((watched.get(keyOf(1)) as Found).entry)).toEqual(entryOf(1))
    expect(faults).toEqual([])
  })
})

describe('tiers of which each throws or rejects', () => {
  it.each([
    ['throws', throwing],
    ['rejects', rejecting],
  ])('miss, never fail and report each fault (%s)', async (_, create) => {
    const faults: unknown[] = []
    const store = createTieredStore([create(), create()], (error) => faults.push(error))
    expect(await store.get(keyOf(1))).toBeUndefined()
    store.put(entryOf(1))
    store.remove(keyOf(1))
    expect(store.usage()).toEqual([])
    await store.flush()
    await store.close()
    expect(faults).toEqual(Array(12).fill(fault))
  })
})

describe('what the owner asks of tiers', () => {
  const query = { filter: {}, sortBy: 'storedAt', order: 'ascending' } as const
  const at = (n: number) => entryOf(n, { storedAt: n })

  it('counts an entry once, and those in their places that only the upper tier has', async () => {
    const [upper, lower] = [createTier(), createTier()]
    const store = createTieredStore([upper, lower], refuseFaults)
    for (let n = 1; n <= 10; n++) if (n % 3 > 0) store.put(at(n))
    for (const n of [3, 6, 9]) upper.put(at(n))
    for (const n of [1, 2]) upper.remove(keyOf(n))
    for (let offset = 0; offset < 12; offset++) {
      for (const limit of [1, 3, 20]) {
        const { total, rows } = await store.list({ ...query, offset, limit })
        const all = Array.from({ length: 10 }, (_, i) => i + 1)
        expect(rows.map(({ storedAt }) => storedAt)).toEqual(all.slice(offset, offset + limit))
        expect(total).toBe(10)
      }
    }
    expect(await store.purge({}, 'dry-run')).toBe(10)
    expect(await store.purge({}, 'purge')).toBe(10)
    expect(await store.purge({}, 'purge')).toBe(0)
  })

  it('clears what only the upper tier has, where the disk was full', async () => {
    const clock = { now: 0 }
    const upper = createMemoryStore(MEBIBYTE, () => clock.now)
    const lower = createMemoryStore(MEBIBYTE, () => clock.now)
    const store = createTieredStore([upper, lower], refuseFaults)
    for (const n of [1, 2]) upper.put(entryOf(n, { expiresAt: 10 }))
    lower.put(entryOf(1, { expiresAt: 10 }))
    clock.now = 11
    expect(await store.expire()).toBe(2)
    expect((await store.list({ ...query, offset: 0, limit: 9 })).total).toBe(0)
  })

  it('is refused where a tier fails: a purge that was not done does not look done', async () => {
    const store = createTieredStore(
      [createTier(), { ...createTier(), purge: rejectLater }],
      () => {},
    )
    await expect(store.purge({}, 'purge')).rejects.toMatchObject({ code: 'store-failed' })
  })

  it('purges what a request took up from below meanwhile', async () => {
    const [upper, lower] = [createTier(), createTier()]
    lower.put(entryOf(1))
    const slow: typeof lower = {
      ...lower,
      async purge(filter, mode) {
        await store.get(keyOf(1))
        return lower.purge(filter, mode)
      },
    }
    const store = createTieredStore([upper, slow], refuseFaults)
    expect(await store.purge({}, 'purge')).toBe(1)
    expect(await entryIn(store, 1)).toBeUndefined()
  })

  it('tells a tier of the hits that one above it serves', async () => {
    const [upper, lower] = [createTier(), createTier()]
    const store = createTieredStore([upper, lower], refuseFaults)
    store.put(entryOf(1))
    for (let i = 0; i < 3; i++) await store.get(keyOf(1))
    await store.peek(keyOf(1))
    expect((await lower.list({ ...query, offset: 0, limit: 1 })).rows[0]?.hits).toBe(3)
  })
})
