import type { Entry, Found, Key, Store } from './store.ts'

/** Called with each fault of a tier; what asked for it was a miss. */
export type OnFault = (error: unknown) => void

/**
 * Several stores as one: the first that has the entry gives it, and those before it take it in. A
 * fault of any of them is a miss and nothing more: no client ever sees one.
 */
export function createTieredStore(tiers: readonly Store[], onFault: OnFault): Store {
  function attempt<T>(act: () => T, otherwise: T): T {
    try {
      return act()
    } catch (error) {
      onFault(error)
      return otherwise
    }
  }

  function getFrom(position: number, key: Key): Found | undefined | Promise<Found | undefined> {
    const tier = tiers[position]
    if (tier === undefined) return undefined
    const found = attempt(() => tier.get(key), undefined)
    if (found instanceof Promise)
      return found.catch(toMiss).then((late) => settle(position, key, late))
    return settle(position, key, found)
  }

  function toMiss(error: unknown): undefined {
    onFault(error)
    return undefined
  }

  function settle(position: number, key: Key, found: Found | undefined) {
    if (found === undefined) return getFrom(position + 1, key)
    for (const tier of tiers.slice(0, position)) attempt(() => tier.put(found.entry), undefined)
    return found
  }

  const onAll = (act: (tier: Store) => void): void => {
    for (const tier of tiers) attempt(() => act(tier), undefined)
  }

  const waitForAll = async (act: (tier: Store) => Promise<void>): Promise<void> => {
    // Each runs inside a promise of its own, so that one that throws at once is a rejection too.
    const results = await Promise.allSettled(tiers.map(async (tier) => act(tier)))
    for (const result of results) if (result.status === 'rejected') onFault(result.reason)
  }

  return {
    get: (key) => getFrom(0, key),
    put: (entry: Entry) => onAll((tier) => tier.put(entry)),
    remove: (key) => onAll((tier) => tier.remove(key)),
    usage: () => tiers.flatMap((tier) => attempt(() => tier.usage(), [])),
    flush: () => waitForAll((tier) => tier.flush()),
    close: () => waitForAll((tier) => tier.close()),
  }
}
