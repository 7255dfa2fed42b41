import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NO_DIRECTIVES, type RequestDirectives } from '../../src/http/cache-control.ts'
import {
  decideReuse,
  type ReuseDecision,
  type ReuseSituation,
} from '../../src/http/reuse-decision.ts'

const seconds = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(2 ** 31))
const wish = fc.option(seconds, { nil: undefined })

const directives: fc.Arbitrary<RequestDirectives> = fc.record({
  noCache: fc.boolean(),
  noStore: fc.boolean(),
  onlyIfCached: fc.boolean(),
  noTransform: fc.boolean(),
  maxAgeSeconds: wish,
  maxStaleSeconds: fc.oneof(wish, fc.constant(Number.POSITIVE_INFINITY)),
  minFreshSeconds: wish,
  staleIfErrorSeconds: wish,
})

const entry = fc.record({
  ageSeconds: fc.integer({ min: 0, max: 25 }),
  ttlSeconds: fc.integer({ min: -25, max: 25 }),
})

const situation: fc.Arbitrary<ReuseSituation> = fc.record({
  directives,
  entry: fc.option(entry, { nil: undefined }),
  staleIfErrorSeconds: seconds,
  staleWhileRevalidateSeconds: seconds,
})

/** How long the entry may still be given where the origin fails; without end where it is given anyway. */
function reach(decision: ReuseDecision): number {
  if (decision.kind === 'serve') return Number.POSITIVE_INFINITY
  return decision.kind === 'forward' ? decision.fallbackSeconds : 0
}

const asWith = (one: ReuseSituation, change: Partial<RequestDirectives>) =>
  decideReuse({ ...one, directives: { ...one.directives, ...change } })

/** The change never gives more of the cache than there was without it. */
function narrows(change: (given: RequestDirectives, by: number) => Partial<RequestDirectives>) {
  fc.assert(
    fc.property(situation, fc.integer({ min: 0, max: 20 }), (one, by) => {
      const before = decideReuse(one)
      const after = asWith(one, change(one.directives, by))
      if (before.kind !== 'serve') expect(after.kind).not.toBe('serve')
      expect(reach(after)).toBeLessThanOrEqual(reach(before))
    }),
    { numRuns: 1000 },
  )
}

describe('a stricter request is never given more of the cache', () => {
  it.each(['noCache', 'noStore', 'onlyIfCached', 'noTransform'] as const)('%s', (name) => {
    narrows(() => ({ [name]: true }))
  })

  it('a smaller max-age, or one where there was none', () => {
    narrows(({ maxAgeSeconds = 2 ** 31 }, by) => ({
      maxAgeSeconds: Math.max(0, maxAgeSeconds - by),
    }))
  })

  it('a larger min-fresh, or one where there was none', () => {
    narrows(({ minFreshSeconds = 0 }, by) => ({ minFreshSeconds: minFreshSeconds + by }))
  })

  it('a smaller max-stale', () => {
    narrows(({ maxStaleSeconds }, by) =>
      maxStaleSeconds === undefined
        ? {}
        : { maxStaleSeconds: Math.max(0, Math.min(maxStaleSeconds, 20) - by) },
    )
  })

  it('a smaller stale-if-error', () => {
    narrows(({ staleIfErrorSeconds }, by) =>
      staleIfErrorSeconds === undefined
        ? {}
        : { staleIfErrorSeconds: Math.max(0, staleIfErrorSeconds - by) },
    )
  })
})

describe('whatever a client and an operator ask for', () => {
  const holds = (law: (one: ReuseSituation, decision: ReuseDecision) => void) =>
    fc.assert(
      fc.property(situation, (one) => law(one, decideReuse(one))),
      { numRuns: 1000 },
    )

  it('only what is there is given, and called fresh only while it is', () => {
    holds(({ entry: found }, decision) => {
      if (decision.kind !== 'serve') return
      expect(found).toBeDefined()
      expect(decision.state).toBe(found!.ttlSeconds > 0 ? 'fresh' : 'stale')
    })
  })

  it('the origin is not asked for a request that wants a stored answer only', () => {
    holds(({ directives: { onlyIfCached } }, decision) => {
      expect(decision.kind === 'refuse').toBe(onlyIfCached && decision.kind !== 'serve')
      if (onlyIfCached && decision.kind === 'serve') expect(decision.refresh).toBe('none')
    })
  })

  it('a request that is to leave no trace is given nothing and leaves nothing', () => {
    holds((one) => {
      const decision = asWith(one, { noStore: true, onlyIfCached: false })
      expect(decision).toMatchObject({
        kind: 'forward',
        fallbackSeconds: 0,
        storing: 'forbidden',
        joining: 'forbidden',
      })
    })
  })

  it('a fresh entry is given to a request that says nothing', () => {
    holds((one) => {
      const decision = decideReuse({ ...one, directives: NO_DIRECTIVES })
      if ((one.entry?.ttlSeconds ?? 0) > 0) expect(decision).toMatchObject({ state: 'fresh' })
    })
  })
})
