import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/store/memory.ts'
import type { Found, Store } from '../../src/store/store.ts'
import { createTieredStore } from '../../src/store/tiered.ts'
import { describeStore } from './contract.ts'
import { entryIn, entryOf, keyOf } from './entries.ts'

const MEBIBYTE = 1024 * 1024
const createTier = () => createMemoryStore(64 * MEBIBYTE)
const refuseFaults = (error: unknown) => expect.unreachable(String(error))

/** A tier that answers by promises only, as one behind a network does. */
function createDistant(inner: Store): Store {
  return { ...inner, get: async (key) => inner.get(key) }
}

/** A tier every call of which fails: at once, or by the promise it gives. */
function createBroken(fail: () => never, failLate: () => Promise<never>): Store {
  return { get: fail, put: fail, remove: fail, usage: fail, flush: failLate, close: failLate }
}

const fault = new Error('the disk is gone')
const throwAtOnce = (): never => {
  throw fault
}
const rejectLater = () => Promise.reject(fault)
const throwing = () => createBroken(throwAtOnce, throwAtOnce)
const rejecting = (): Store => ({ ...createBroken(throwAtOnce, rejectLater), get: rejectLater })

describeStore('two tiers', async () =>
  createTieredStore([createTier(), createTier()], refuseFaults),
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
  ])('take in what a %s one below them had', async (_, wrap) => {
    const [upper, lower] = [createTier(), createTier()]
    const store = createTieredStore([upper, wrap(lower)], refuseFaults)
    lower.put(entryOf(1))
    expect(await entryIn(store, 1)).toEqual(entryOf(1))
    expect(await entryIn(upper, 1)).toEqual(entryOf(1))
  })

  it('do not ask below the first one that has the entry', () => {
    const store = createTieredStore([createTier(), throwing()], () => {})
    store.put(entryOf(1))
    const faults: unknown[] = []
    const watched = createTieredStore([store, throwing()], (error) => faults.push(error))
    expect((watched.get(keyOf(1)) as Found).entry).toEqual(entryOf(1))
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
