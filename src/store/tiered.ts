import type { OwnedStore } from './query.ts'
import { createSecondUse } from './second-use.ts'
import type { Entry, Found, Key } from './store.ts'
import { createSurvey } from './survey.ts'
import { createTieredQueries, type OnFault, type TierStore } from './tiered-queries.ts'

/**
 * Several stores as one: the first that has the entry gives it, and those before it take it in when it
 * is asked for again. A fault of any of them is a miss and nothing more: no client ever sees one. What the owner asks is
 * another matter: a fault is told, as `store-failed`, for a purge that was not done must not look done.
 */
export function createTieredStore(tiers: readonly TierStore[], onFault: OnFault): OwnedStore {
  const attempt = createAttempt(onFault)
  const touchBelow = createTouchBelow(tiers, attempt)
  const lookUp = createLookUp(tiers, { attempt, touchBelow, onFault })
  const survey = createSurvey(tiers, attempt, onFault)
  const queries = createTieredQueries(tiers, onFault)

  const onAll = (act: (tier: TierStore) => void): void => {
    for (const tier of tiers) attempt(() => act(tier), undefined)
  }

  const waitForAll = async (act: (tier: TierStore) => Promise<void>): Promise<void> => {
    // Each runs inside a promise of its own, so that one that throws at once is a rejection too.
    const results = await Promise.allSettled(tiers.map(async (tier) => act(tier)))
    for (const result of results) if (result.status === 'rejected') onFault(result.reason)
  }

  let known: ReadonlySet<string> | undefined

  const put = (entry: Entry): void => onAll((tier) => tier.put(entry))

  return {
    ...queries,
    get: (key) => lookUp.from(0, key),
    recall: lookUp.recall,
    survey,
    put,
    async putIfNewer(entry) {
      const found = await queries.peek(entry.key)
      if (found !== undefined && found.entry.storedAt >= entry.storedAt) return 'kept'
      put(entry)
      await queries.waitForDisk()
      return 'put'
    },
    remove: (key) => onAll((tier) => tier.remove(key)),
    touch: (key) => onAll((tier) => tier.touch(key)),
    setDigests(digests) {
      // The table of models is read over and over, and says the same nearly always.
      if (isSame(digests, known)) return
      known = new Set(digests)
      onAll((tier) => tier.setDigests?.(digests))
    },
    usage: () => tiers.flatMap((tier) => attempt(() => tier.usage(), [])),
    flush: () => waitForAll((tier) => tier.flush()),
    close: () => waitForAll((tier) => tier.close()),
  }
}

function isSame(some: ReadonlySet<string>, others: ReadonlySet<string> | undefined): boolean {
  return some.size === others?.size && [...some].every((each) => others.has(each))
}

/** Does something; a fault of it is told, and something else stands for it. */
export type Attempt = <T>(act: () => T, otherwise: T) => T

function createAttempt(onFault: OnFault): Attempt {
  return (act, otherwise) => {
    try {
      return act()
    } catch (error) {
      onFault(error)
      return otherwise
    }
  }
}

type TouchBelow = (position: number, key: Key) => void

/** A tier below does not see what one above it serves, and would take it for unwanted. */
function createTouchBelow(tiers: readonly TierStore[], attempt: Attempt): TouchBelow {
  return (position, key) => {
    for (let below = position + 1; below < tiers.length; below++) {
      attempt(() => tiers[below]?.touch(key), undefined)
    }
  }
}

interface LookUpOptions {
  readonly attempt: Attempt
  readonly touchBelow: TouchBelow
  readonly onFault: OnFault
}

function createLookUp(tiers: readonly TierStore[], options: LookUpOptions) {
  const { attempt, touchBelow, onFault } = options
  const uses = createSecondUse()
  function from(position: number, key: Key): Found | undefined | Promise<Found | undefined> {
    const tier = tiers[position]
    if (tier === undefined) return undefined
    const found = attempt(() => tier.get(key), undefined)
    return found instanceof Promise ? goOn(position, key, found) : settle(position, key, found)
  }

  /** What those have that answer at once: nothing below the first that does not is asked. */
  function recall(key: Key): Found | undefined {
    for (let position = 0; position < tiers.length; position++) {
      const tier = tiers[position]
      if (tier?.recall === undefined) return undefined
      const found = attempt(() => tier.recall?.(key), undefined)
      if (found !== undefined) return take(position, key, found)
    }
    return undefined
  }

  function goOn(position: number, key: Key, found: Promise<Found | undefined>) {
    return found.catch(toMiss).then((late) => settle(position, key, late))
  }

  function toMiss(error: unknown): undefined {
    onFault(error)
    return undefined
  }

  function settle(position: number, key: Key, found: Found | undefined) {
    return found === undefined ? from(position + 1, key) : take(position, key, found)
  }

  function take(position: number, key: Key, found: Found): Found {
    if (position > 0 && uses.isSecond(key)) promote(position, found.entry)
    touchBelow(position, key)
    return found
  }

  function promote(position: number, entry: Entry): void {
    for (const tier of tiers.slice(0, position)) attempt(() => tier.put(entry), undefined)
  }

  return { from, recall }
}
