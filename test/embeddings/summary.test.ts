import { describe, expect, it } from 'vitest'
import { summarize } from '../../src/proxy/batch-answer.ts'
import type { Found } from '../../src/store/store.ts'
import { entryOf } from '../store/entries.ts'

const NOW = 1_000_000

const found = (n: number, tier: Found['tier'], changes: object): Found => ({
  entry: entryOf(n, { kind: 'embedding', ...changes }),
  tier,
})

describe('entries that are one answer', () => {
  const entries = [
    found(1, 'memory', { storedAt: 500, expiresAt: NOW + 9_000, costMs: 1 }),
    found(2, 'sqlite', { storedAt: 300, expiresAt: NOW + 5_000, costMs: 2 }),
    found(3, 'memory', { storedAt: 400, expiresAt: NOW + 7_000, costMs: 4 }),
  ]

  it('are as old as the oldest, as fresh as the stalest, and from the slowest tier', () => {
    expect(summarize(entries, NOW, { kind: 'none' })).toEqual({
      found: entries[1],
      outcome: { kind: 'hit', tier: 'sqlite', ttlSeconds: 5 },
      saved: { costMs: 7, tokens: 0 },
    })
  })

  it('are from memory where all of them are', () => {
    const near = entries.filter(({ tier }) => tier === 'memory')
    expect(summarize(near, NOW, { kind: 'none' })?.outcome).toMatchObject({ tier: 'memory' })
  })

  it('are stale where one of them is', () => {
    const summary = summarize(entries, NOW + 6_000, { kind: 'none' })
    expect(summary?.outcome).toMatchObject({ kind: 'stale', tier: 'sqlite' })
  })

  it('are none where there are none', () => {
    expect(summarize([], NOW, { kind: 'none' })).toBeUndefined()
  })
})
