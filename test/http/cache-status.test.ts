import { describe, expect, it } from 'vitest'
import { toCacheStatus, toXCache } from '../../src/http/cache-status.ts'
import { BYPASS, type BypassReason, type Outcome } from '../../src/outcome.ts'

const CASES: readonly (readonly [Outcome, string | undefined, string | undefined])[] = [
  [{ kind: 'hit', tier: 'memory', ttlSeconds: 7 }, 'reprise; hit; ttl=7; detail=memory', 'HIT'],
  [{ kind: 'hit', tier: 'sqlite', ttlSeconds: 0 }, 'reprise; hit; ttl=0; detail=sqlite', 'HIT'],
  [{ kind: 'miss', reason: 'absent' }, 'reprise; fwd=miss', 'MISS'],
  [{ kind: 'miss', reason: 'expired' }, 'reprise; fwd=stale', 'MISS'],
  [{ kind: 'collapsed', reason: 'absent' }, 'reprise; fwd=miss; collapsed', 'MISS'],
  [{ kind: 'collapsed', reason: 'expired' }, 'reprise; fwd=stale; collapsed', 'MISS'],
  [
    { kind: 'stale', tier: 'memory', ttlSeconds: -9, forward: { kind: 'none' } },
    'reprise; hit; ttl=-9; detail=stale',
    'STALE',
  ],
  [
    { kind: 'stale', tier: 'sqlite', ttlSeconds: -9, forward: { kind: 'status', status: 503 } },
    'reprise; fwd=stale; fwd-status=503; ttl=-9; detail=stale',
    'STALE',
  ],
  [
    { kind: 'stale', tier: 'sqlite', ttlSeconds: -9, forward: { kind: 'failed', reason: 'reset' } },
    'reprise; fwd=stale; ttl=-9; detail=reset',
    'STALE',
  ],
  [{ kind: 'method' }, 'reprise; fwd=method', 'BYPASS'],
  [{ kind: 'error', status: 502 }, undefined, undefined],
]

const REASONS = Object.keys(BYPASS) as BypassReason[]

describe('Cache-Status and X-Cache', () => {
  it.each(CASES)('%j is %j and %j', (outcome, status, word) => {
    expect(toCacheStatus(outcome, undefined)).toBe(status)
    expect(toXCache(outcome)).toBe(word)
  })

  it.each(REASONS)('a bypass tells its reason: %s', (reason) => {
    const outcome: Outcome = { kind: 'bypass', reason }
    expect(toCacheStatus(outcome, undefined)).toBe(`reprise; fwd=bypass; detail=${reason}`)
    expect(toXCache(outcome)).toBe('BYPASS')
  })

  it.each(REASONS)('%s is a token of RFC 9651, so it needs no quotes', (reason) => {
    expect(reason).toMatch(/^[A-Za-z*][!#$%&'*+\-.^_`|~:/0-9A-Za-z]*$/)
  })

  it('stands behind the members of the caches before us', () => {
    const outcome: Outcome = { kind: 'miss', reason: 'absent' }
    expect(toCacheStatus(outcome, 'near; fwd=miss, edge; hit')).toBe(
      'near; fwd=miss, edge; hit, reprise; fwd=miss',
    )
    expect(toCacheStatus(outcome, '')).toBe('reprise; fwd=miss')
  })

  it('an answer of our own has none, whatever stood before', () => {
    expect(toCacheStatus({ kind: 'error', status: 503 }, 'edge; fwd=miss')).toBeUndefined()
  })
})
