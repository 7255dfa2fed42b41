import { describe, expect, it } from 'vitest'
import { readCacheControl } from '../../src/http/cache-control.ts'
import type { Freshness } from '../../src/http/freshness.ts'
import { decideReuse, mayRead } from '../../src/http/reuse-decision.ts'

const DAY = 86_400

/** Ten minutes old, of an hour. */
const FRESH: Freshness = { ageSeconds: 600, ttlSeconds: 3000 }
/** Over since a minute. */
const STALE: Freshness = { ageSeconds: 3660, ttlSeconds: -60 }

interface Rules {
  readonly error?: number
  readonly revalidate?: number
}

function decide(header: string | undefined, entry: Freshness | undefined, rules: Rules = {}) {
  return decideReuse({
    directives: readCacheControl(header, undefined),
    entry,
    staleIfErrorSeconds: rules.error ?? DAY,
    staleWhileRevalidateSeconds: rules.revalidate ?? 0,
  })
}

/** A decision in a few words: what is done, and for how long the entry stays at hand where it is forwarded. */
function inWords(decision: ReturnType<typeof decide>): string {
  switch (decision.kind) {
    case 'serve':
      return decision.refresh === 'none' ? decision.state : `${decision.state}, refresh`
    case 'refuse':
      return '504'
    case 'forward': {
      const traces = decision.storing === 'allowed' ? '' : ', no trace'
      return `${decision.reason}, ${decision.fallbackSeconds} s${traces}`
    }
  }
}

const TABLE: readonly (readonly [string | undefined, string, string, string])[] = [
  // directives, and what becomes of a fresh entry, of a stale one, of none
  [undefined, 'fresh', 'stale, 86340 s', 'miss, 0 s'],
  ['no-transform', 'fresh', 'stale, 86340 s', 'miss, 0 s'],
  ['no-cache', 'request, 0 s', 'stale, 0 s', 'miss, 0 s'],
  ['max-age=0', 'request, 0 s', 'stale, 0 s', 'miss, 0 s'],
  ['no-store', 'request, 0 s, no trace', 'stale, 0 s, no trace', 'miss, 0 s, no trace'],
  ['max-age=599', 'request, 0 s', 'stale, 0 s', 'miss, 0 s'],
  ['max-age=600', 'fresh', 'stale, 0 s', 'miss, 0 s'],
  ['max-age=9999', 'fresh', 'stale, 0 s', 'miss, 0 s'],
  ['max-stale', 'fresh', 'stale', 'miss, 0 s'],
  ['max-stale=60', 'fresh', 'stale', 'miss, 0 s'],
  ['max-stale=59', 'fresh', 'stale, 0 s', 'miss, 0 s'],
  ['min-fresh=3000', 'fresh', 'stale, 0 s', 'miss, 0 s'],
  ['min-fresh=3001', 'request, 0 s', 'stale, 0 s', 'miss, 0 s'],
  ['only-if-cached', 'fresh', '504', '504'],
  ['stale-if-error=90', 'fresh', 'stale, 30 s', 'miss, 0 s'],
  ['stale-if-error=0', 'fresh', 'stale, 0 s', 'miss, 0 s'],
  // Together, all of them have to hold.
  ['max-age=9999, max-stale', 'fresh', 'stale', 'miss, 0 s'],
  ['max-age=3000, max-stale', 'fresh', 'stale, 0 s', 'miss, 0 s'],
  ['min-fresh=1, max-stale', 'fresh', 'stale, 0 s', 'miss, 0 s'],
  ['no-cache, max-stale', 'request, 0 s', 'stale, 0 s', 'miss, 0 s'],
  ['only-if-cached, max-stale', 'fresh', 'stale', '504'],
  ['only-if-cached, no-cache', '504', '504', '504'],
  ['only-if-cached, min-fresh=3001', '504', '504', '504'],
  ['only-if-cached, no-store', '504', '504', '504'],
  ['only-if-cached, stale-if-error=90', 'fresh', '504', '504'],
  // What the client grants for errors counts beside all but no-store.
  ['no-cache, stale-if-error=90', 'request, 3090 s', 'stale, 30 s', 'miss, 0 s'],
  ['max-age=1, stale-if-error=90', 'request, 3090 s', 'stale, 30 s', 'miss, 0 s'],
  ['max-stale=5, stale-if-error=90', 'fresh', 'stale, 30 s', 'miss, 0 s'],
  [
    'no-store, stale-if-error=90',
    'request, 0 s, no trace',
    'stale, 0 s, no trace',
    'miss, 0 s, no trace',
  ],
]

describe('what a request makes of an entry', () => {
  it.each(TABLE)('%j: fresh: %s; stale: %s; none: %s', (header, fresh, stale, none) => {
    expect(inWords(decide(header, FRESH))).toBe(fresh)
    expect(inWords(decide(header, STALE))).toBe(stale)
    expect(inWords(decide(header, undefined))).toBe(none)
  })

  it('joins a flight wherever its answer may be kept', () => {
    expect(decide('no-cache', FRESH)).toMatchObject({ storing: 'allowed', joining: 'allowed' })
    expect(decide('no-store', undefined)).toMatchObject({
      storing: 'forbidden',
      joining: 'forbidden',
    })
  })

  it('is not looked up where it is to leave no trace', () => {
    expect(mayRead(readCacheControl('no-store', undefined))).toBe(false)
    expect(mayRead(readCacheControl('no-cache', undefined))).toBe(true)
  })

  it('an entry whose lifetime is over to the moment is stale', () => {
    expect(inWords(decide(undefined, { ageSeconds: 3600, ttlSeconds: 0 }))).toBe('stale, 86400 s')
    expect(inWords(decide('max-stale=0', { ageSeconds: 3600, ttlSeconds: 0 }))).toBe('stale')
    expect(inWords(decide('min-fresh=0', { ageSeconds: 3600, ttlSeconds: 0 }))).toBe('stale, 0 s')
  })

  it('an entry stored this very moment is too old for max-age=0', () => {
    const entry = { ageSeconds: 0, ttlSeconds: 3600 }
    expect(inWords(decide('max-age=0', entry))).toBe('request, 0 s')
    expect(inWords(decide('max-age=1', entry))).toBe('fresh')
  })

  it.each([
    [60, 'stale, 0 s'],
    [0, 'stale, 0 s'],
    [61, 'stale, 1 s'],
  ])('where the operator allows %d s on errors: %s', (error, expected) => {
    expect(inWords(decide(undefined, STALE, { error }))).toBe(expected)
  })
})

describe('while a new answer is made', () => {
  it.each([
    [undefined, 'stale, refresh'],
    ['max-stale=60', 'stale, refresh'],
    ['max-stale=59', 'stale, 0 s'],
    ['no-cache', 'stale, 0 s'],
    ['max-age=9999', 'stale, 0 s'],
    ['min-fresh=0', 'stale, 0 s'],
    ['no-store', 'stale, 0 s, no trace'],
    ['only-if-cached', 'stale'],
  ])('%j: %s', (header, expected) => {
    expect(inWords(decide(header, STALE, { revalidate: 61 }))).toBe(expected)
  })

  it('no longer than the operator allows', () => {
    expect(inWords(decide(undefined, STALE, { revalidate: 60 }))).toBe('stale, 86340 s')
  })
})

describe('the request directives of the public cache tests', () => {
  const HOUR: Freshness = { ageSeconds: 3, ttlSeconds: 3597 }
  it.each([
    ['ccreq-ma0', 'max-age=0', HOUR, 'forward'],
    ['ccreq-ma1', 'max-age=1', HOUR, 'forward'],
    ['ccreq-magreaterage', 'max-age=600', { ageSeconds: 1800, ttlSeconds: 1800 }, 'forward'],
    ['ccreq-max-stale', 'max-stale=1000', { ageSeconds: 3, ttlSeconds: -2 }, 'serve'],
    ['ccreq-max-stale-age', 'max-stale=1000', { ageSeconds: 2000, ttlSeconds: -500 }, 'serve'],
    ['ccreq-min-fresh', 'min-fresh=2000', { ageSeconds: 0, ttlSeconds: 1500 }, 'forward'],
    ['ccreq-min-fresh-age', 'min-fresh=1000', { ageSeconds: 1000, ttlSeconds: 500 }, 'forward'],
    ['ccreq-no-cache', 'no-cache', HOUR, 'forward'],
    ['ccreq-no-cache-lm', 'no-cache', HOUR, 'forward'],
    ['ccreq-no-cache-etag', 'no-cache', HOUR, 'forward'],
    ['ccreq-no-store', 'no-store', HOUR, 'forward'],
    ['ccreq-oic', 'only-if-cached', undefined, 'refuse'],
  ])('%s', (_id, header, entry, expected) => {
    expect(decide(header, entry).kind).toBe(expected)
  })
})
