import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHistory, HISTORY_MINUTES } from '../../src/metrics/history.ts'
import { toRefused } from '../../src/metrics/refused.ts'
import type { Outcome } from '../../src/outcome.ts'
import { createManualClock } from '../support/clock.ts'
import { groupOf } from '../support/observed.ts'

const MINUTE_MS = 60_000

const OUTCOMES: Record<string, Outcome> = {
  hit: { kind: 'hit', tier: 'memory', ttlSeconds: 1 },
  stale: { kind: 'stale', tier: 'sqlite', ttlSeconds: -1, forward: { kind: 'none' } },
  miss: { kind: 'miss', reason: 'absent' },
  collapsed: { kind: 'collapsed', reason: 'absent' },
  bypass: { kind: 'bypass', reason: 'route' },
  method: { kind: 'method' },
  error: { kind: 'error', status: 502 },
}

function groupWith(word: string, savedMs?: number) {
  const saved = savedMs === undefined ? undefined : { costMs: savedMs, tokens: 1 }
  return groupOf({ ...toRefused(200), outcome: OUTCOMES[word]!, saved })
}

describe('the history of an hour', () => {
  it('counts what the hit rate is made of, minute by minute', () => {
    const clock = createManualClock()
    const history = createHistory(clock)
    for (const word of Object.keys(OUTCOMES)) history.note(groupWith(word), clock.now())
    clock.advance(MINUTE_MS)
    history.note(groupWith('hit', 2_500), clock.now())
    const at = Date.UTC(2026, 0, 1)
    expect(history.latest(2)).toEqual([
      { at, requests: 7, hits: 2, asked: 4, savedSeconds: 0 },
      { at: at + MINUTE_MS, requests: 1, hits: 1, asked: 1, savedSeconds: 2.5 },
    ])
  })

  it('gives minutes in which nothing ended as zero, also the first ones of its life', () => {
    const clock = createManualClock()
    const history = createHistory(clock)
    expect(history.latest(HISTORY_MINUTES)).toHaveLength(60)
    expect(history.latest(HISTORY_MINUTES).every(({ requests }) => requests === 0)).toBe(true)
    history.note(groupWith('miss'), clock.now())
    clock.advance(3 * MINUTE_MS)
    expect(history.latest(4).map(({ requests }) => requests)).toEqual([1, 0, 0, 0])
  })

  it('holds for every run of observations what ended within the last hour, and nothing older', () => {
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: 40 * MINUTE_MS }),
      word: fc.constantFrom('hit', 'miss'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const clock = createManualClock()
        const history = createHistory(clock)
        const minutes: number[] = []
        for (const { waitMs, word } of steps) {
          clock.advance(waitMs)
          history.note(groupWith(word), clock.now())
          minutes.push(Math.floor(clock.now() / MINUTE_MS))
        }
        const now = Math.floor(clock.now() / MINUTE_MS)
        const expected = minutes.filter((minute) => minute > now - HISTORY_MINUTES).length
        const total = history.latest(60).reduce((sum, { requests }) => sum + requests, 0)
        expect(total).toBe(expected)
      }),
    )
  })
})
