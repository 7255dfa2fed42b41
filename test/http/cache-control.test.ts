import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  MAX_DELTA_SECONDS,
  NO_DIRECTIVES,
  type RequestDirectives,
  readCacheControl,
} from '../../src/http/cache-control.ts'

const ANY = Number.POSITIVE_INFINITY

const CASES: readonly (readonly [string, Partial<RequestDirectives>])[] = [
  ['no-cache', { noCache: true }],
  ['no-store', { noStore: true }],
  ['only-if-cached', { onlyIfCached: true }],
  ['no-transform', { noTransform: true }],
  ['max-age=60', { maxAgeSeconds: 60 }],
  ['max-stale=60', { maxStaleSeconds: 60 }],
  ['max-stale', { maxStaleSeconds: ANY }],
  ['min-fresh=60', { minFreshSeconds: 60 }],
  ['stale-if-error=60', { staleIfErrorSeconds: 60 }],
  ['No-Cache, MAX-AGE=0', { noCache: true, maxAgeSeconds: 0 }],
  ['no-cache,no-store', { noCache: true, noStore: true }],
  [' ,\t, no-cache ,,', { noCache: true }],
  // Both forms of an argument (RFC 9111 §5.2).
  ['max-age="60"', { maxAgeSeconds: 60 }],
  [String.raw`max-age="\6\0"`, { maxAgeSeconds: 60 }],
  ['max-age=0060', { maxAgeSeconds: 60 }],
  ['max-age=2147483649', { maxAgeSeconds: MAX_DELTA_SECONDS }],
  [`max-stale=${'9'.repeat(400)}`, { maxStaleSeconds: MAX_DELTA_SECONDS }],
  // Duplicates: the strictest.
  ['max-age=10, max-age=5, max-age=7', { maxAgeSeconds: 5 }],
  ['min-fresh=5, min-fresh=10, min-fresh=7', { minFreshSeconds: 10 }],
  ['max-stale, max-stale=5', { maxStaleSeconds: 5 }],
  ['stale-if-error=9, stale-if-error=5', { staleIfErrorSeconds: 5 }],
  // Unknown ones, also where they look like ours.
  ['foo, bar=1, public', {}],
  ['foo="no-store, max-age=0", max-age=5', { maxAgeSeconds: 5 }],
  ['"no-store"', {}],
  ['no-stored, xno-store', {}],
  ['', {}],
  // Arguments that have no meaning do not weaken a directive.
  ['no-cache="x"', { noCache: true }],
  ['no-store=0', { noStore: true }],
  ['no-store; foo', { noStore: true }],
]

describe('Cache-Control of a request', () => {
  it.each(CASES)('%j', (value, expected) => {
    expect(readCacheControl(value, undefined)).toEqual({ ...NO_DIRECTIVES, ...expected })
  })

  it.each([
    '',
    '=',
    '=""',
    '=-1',
    '=+1',
    '=1.5',
    '=1e3',
    '=0x10',
    '=x',
    '= 60',
    ' =60',
    '=60 s',
    '="60',
    '="60"s',
    '=" 60"',
    '=60;',
  ])('a number written %j acts as the most restrictive one', (argument) => {
    const read = (name: string) => readCacheControl(`${name}${argument}`, undefined)
    expect(read('max-age').maxAgeSeconds).toBe(0)
    expect(read('min-fresh').minFreshSeconds).toBe(MAX_DELTA_SECONDS)
    expect(read('stale-if-error').staleIfErrorSeconds).toBe(0)
    expect(read('max-stale').maxStaleSeconds).toBe(argument === '' ? ANY : 0)
  })

  it('a quote that is never closed hides nothing behind it', () => {
    expect(readCacheControl('max-age="60, no-store', undefined)).toEqual({
      ...NO_DIRECTIVES,
      maxAgeSeconds: 0,
      noStore: true,
    })
  })

  it('never fails, whatever is sent, and reads all numbers as seconds', () => {
    const piece = fc.constantFrom('no-store', 'max-age', 'min-fresh', '=', '"', '\\', ',', ' ', '7')
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
        const { maxAgeSeconds = 0, minFreshSeconds = 0 } = readCacheControl(pieces.join(''), 'x')
        for (const seconds of [maxAgeSeconds, minFreshSeconds]) {
          expect(seconds).toBeGreaterThanOrEqual(0)
          expect(seconds).toBeLessThanOrEqual(MAX_DELTA_SECONDS)
        }
      }),
    )
  })

  it('what is joined from several lines is read as one', () => {
    const lines = fc.array(fc.constantFrom(...CASES.map(([value]) => value)), { maxLength: 4 })
    fc.assert(
      fc.property(lines, (values) => {
        const joined = readCacheControl(values.join(', '), undefined)
        const each = values.map((value) => readCacheControl(value, undefined))
        expect(joined.noStore).toBe(each.some(({ noStore }) => noStore))
        expect(joined.maxAgeSeconds ?? ANY).toBe(
          Math.min(...each.map(({ maxAgeSeconds }) => maxAgeSeconds ?? ANY)),
        )
      }),
    )
  })
})

describe('Pragma', () => {
  it.each([
    [undefined, 'no-cache', true],
    [undefined, 'x, No-Cache', true],
    [undefined, 'unrecognised', false],
    [undefined, 'x="no-cache"', false],
    ['max-age=60', 'no-cache', false],
    ['', 'no-cache', false],
  ])('beside Cache-Control %j, %j asks for a new answer: %j', (cacheControl, pragma, expected) => {
    expect(readCacheControl(cacheControl, pragma).noCache).toBe(expected)
  })

  it('costs nothing where neither field is sent', () => {
    expect(readCacheControl(undefined, undefined)).toBe(NO_DIRECTIVES)
    expect(readCacheControl(undefined, 'other')).toBe(NO_DIRECTIVES)
  })
})
