import { describe, expect, it } from 'vitest'
import { createPurges } from '../../src/proxy/purges.ts'
import { entryOf } from '../store/entries.ts'
import { createManualClock } from '../support/clock.ts'

const entry = entryOf(1, { route: '/api/chat' })

describe('what is in the air when it is purged', () => {
  it('is forbidden where it is meant, and was asked for before the purge or with it', () => {
    const clock = createManualClock(0)
    const purges = createPurges(clock)
    const before = clock.monotonic()
    clock.advance(10)
    purges.note({ route: '/api/chat' })
    const at = clock.monotonic()
    expect([before, at, at + 1].map((askedAt) => purges.forbids(entry, askedAt))).toEqual([
      true,
      true,
      false,
    ])
    expect(purges.forbids(entryOf(1, { route: '/api/generate' }), before)).toBe(false)
  })

  it('is forbidden whatever it is, where it was asked for before a purge that is not remembered any more', () => {
    const clock = createManualClock(0)
    const purges = createPurges(clock)
    const instants = Array.from({ length: 102 }, () => {
      clock.advance(10)
      purges.note({ route: '/api/generate' })
      return clock.monotonic()
    })
    // A hundred are remembered; none of them means this entry.
    const isForbidden = instants.map((at) => purges.forbids(entry, at))
    expect(isForbidden.slice(0, 4)).toEqual([true, true, false, false])
    expect(isForbidden.slice(4)).not.toContain(true)
  })
})
