import type { Awaitable, Key, Sight } from './store.ts'
import type { Attempt } from './tiered.ts'
import type { OnFault, TierStore } from './tiered-queries.ts'

type Sights = readonly Sight[]

/**
 * Looks for many keys in all tiers: each tier is asked once, for what those before it have not. A tier that
 * fails has none of them.
 */
export function createSurvey(
  tiers: readonly TierStore[],
  attempt: Attempt,
  onFault: OnFault,
): (keys: readonly Key[]) => Awaitable<Sights> {
  function surveyFrom(position: number, keys: readonly Key[]): Awaitable<Sights> {
    const tier = tiers[position]
    if (tier === undefined || keys.length === 0) return []
    const sights = attempt(() => tier.survey(keys), [])
    if (!(sights instanceof Promise)) return goOn(position, keys, sights)
    return sights.catch(toNothing).then((late) => goOn(position, keys, late))
  }

  function toNothing(error: unknown): Sights {
    onFault(error)
    return []
  }

  function goOn(position: number, keys: readonly Key[], sights: Sights): Awaitable<Sights> {
    const absent = keys.filter((_, place) => sights[place] === undefined)
    const below = surveyFrom(position + 1, absent)
    return below instanceof Promise
      ? below.then((found) => merge(keys, sights, found))
      : merge(keys, sights, below)
  }

  return (keys) => surveyFrom(0, keys)
}

/** Puts what was found below into the places that were empty above, in their order. */
function merge(keys: readonly Key[], above: Sights, below: Sights): Sights {
  let next = 0
  return keys.map((_, place) => above[place] ?? below[next++])
}
