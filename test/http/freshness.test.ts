import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  jitterLifetime,
  toAgeSeconds,
  toFreshness,
  toTtlSeconds,
} from '../../src/http/freshness.ts'

it.each([
  [1000, 999, true],
  [1000, 1000, false],
  [1000, 1001, false],
])('an entry that expires at %d is fresh at %d: %j', (expiresAt, now, expected) => {
  expect(toFreshness({ storedAt: 0, expiresAt }, now).ttlSeconds > 0).toBe(expected)
})

it.each([
  [0, 0, 0],
  [0, 999, 0],
  [0, 1000, 1],
  [500, 61_499, 60],
  [5000, 0, 0],
])('stored at %d, its age at %d is %d s', (storedAt, now, expected) => {
  expect(toAgeSeconds(storedAt, now)).toBe(expected)
})

it.each([
  [10_000, 0, 10],
  [10_000, 9001, 0],
  [10_000, 10_000, 0],
  [10_000, 10_001, -1],
  [10_000, 12_500, -3],
])('expiring at %d, its ttl at %d is %d s', (expiresAt, now, expected) => {
  expect(toTtlSeconds(expiresAt, now)).toBe(expected)
})

it('the ttl is negative exactly when the lifetime is over, the age never', () => {
  const instant = fc.integer({ min: 0, max: 4e12 })
  fc.assert(
    fc.property(instant, instant, instant, (storedAt, expiresAt, now) => {
      expect(toTtlSeconds(expiresAt, now) < 0).toBe(now > expiresAt)
      const isFresh = toFreshness({ storedAt, expiresAt }, now).ttlSeconds > 0
      expect(isFresh).toBe(storedAt <= now && now < expiresAt)
      expect(toAgeSeconds(storedAt, now)).toBeGreaterThanOrEqual(0)
    }),
  )
})

it.each([
  ['0', 90],
  ['f', 110],
])('a lifetime of 100 s under a key of %ss is %d s', (digit, expected) => {
  expect(jitterLifetime(100, digit.repeat(64))).toBeCloseTo(expected)
})

it('a lifetime is moved by a tenth at most, by its key alone, and zero stays zero', () => {
  const key = fc.stringMatching(/^[0-9a-f]{64}$/)
  fc.assert(
    fc.property(key, fc.nat(), (hex, seconds) => {
      const moved = jitterLifetime(seconds, hex)
      expect(Math.abs(moved - seconds)).toBeLessThanOrEqual(seconds * 0.1 + 1e-6)
      expect(jitterLifetime(seconds, hex)).toBe(moved)
      expect(jitterLifetime(0, hex)).toBe(0)
    }),
  )
})
