import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLife } from '../../src/metrics/life.ts'
import type { Observation } from '../../src/metrics/observation.ts'
import { toRefused } from '../../src/metrics/refused.ts'
import { createManualClock } from '../support/clock.ts'
import { groupOf } from '../support/observed.ts'

const OBSERVATION: Observation = {
  ...toRefused(200),
  outcome: { kind: 'hit', tier: 'memory', ttlSeconds: 1 },
  saved: { costMs: 1500, tokens: 7 },
}
const HIT = groupOf(OBSERVATION)

/** A note in a database that may refuse to be written. */
function createNote(text?: string) {
  const state = { text, writes: 0, isBroken: false }
  return {
    state,
    read: () => state.text,
    write(said: string) {
      if (state.isBroken) throw new TypeError('disk full')
      state.writes += 1
      state.text = said
    },
  }
}

const begin = (note: ReturnType<typeof createNote> | undefined, writer: string, startAt = 1e12) => {
  const clock = createManualClock(startAt)
  return { clock, life: createLife({ clock, note, writer }) }
}

describe('the life of a cache', () => {
  it('goes on where the process before it was killed, but for two seconds', () => {
    const note = createNote()
    const first = begin(note, 'first')
    first.life.note(HIT)
    first.clock.advance(2_000)
    first.life.note(HIT)
    const second = begin(note, 'second', 2e12)
    expect(second.life.totals()).toMatchObject({
      sinceAt: 1e12,
      requests: { hit: 1, miss: 0 },
      saved: { seconds: 1.5, tokens: 7, generations: 1 },
    })
    second.life.note(HIT)
    expect(second.life.totals().requests.hit).toBe(2)
    expect(second.life.own()).toMatchObject({ sinceAt: 2e12, requests: { hit: 1 } })
  })

  it('is written once for all that happens in two seconds, and not while nothing does', () => {
    const note = createNote()
    const { clock, life } = begin(note, 'one')
    for (let i = 0; i < 100; i++) life.note(HIT)
    clock.advance(60_000)
    expect([note.state.writes, clock.pending()]).toEqual([1, 0])
    life.flush()
    expect(note.state.writes).toBe(1)
    life.note(HIT)
    life.flush()
    expect([note.state.writes, clock.pending()]).toEqual([2, 0])
  })

  it('begins again from nothing when it is reset, in the database too', () => {
    const note = createNote()
    const first = begin(note, 'first')
    first.life.note(HIT)
    first.life.flush()
    const second = begin(note, 'second', 2e12)
    note.state.isBroken = true
    second.life.reset()
    note.state.isBroken = false
    second.life.note(HIT)
    second.life.flush()
    const { sinceAt, requests } = begin(note, 'third', 3e12).life.totals()
    expect([sinceAt, requests.hit]).toEqual([2e12, 1])
  })

  it('takes what another process wrote for its beginning, as soon as the database is there', () => {
    const note = createNote()
    const other = begin(note, 'other')
    const late = begin(note, 'late')
    late.life.note(HIT)
    other.life.note(HIT)
    other.life.flush()
    late.life.flush()
    late.life.note(HIT)
    late.life.flush()
    expect(begin(note, 'next').life.totals().requests.hit).toBe(3)
  })

  it.each(['', 'null', '{}', '{"writer":"x","sinceAt":-1}', 'not json'])(
    'begins anew where the note says %j',
    (text) => {
      expect(begin(createNote(text), 'one').life.totals().requests.hit).toBe(0)
    },
  )

  it('has no timer where nothing survives the process', () => {
    const { clock, life } = begin(undefined, 'one')
    life.note(HIT)
    expect([clock.pending(), life.totals().requests.hit]).toEqual([0, 1])
  })

  it('is the sum of all processes, however often they stop in good order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { maxLength: 6 }), (counts) => {
        const note = createNote()
        for (const [index, count] of counts.entries()) {
          const { life } = begin(note, `process ${index}`)
          for (let i = 0; i < count; i++) life.note(HIT)
          life.flush()
        }
        const hits = counts.reduce((sum, count) => sum + count, 0)
        const { requests, saved } = begin(note, 'last').life.totals()
        expect([requests.hit, saved.tokens]).toEqual([hits, hits * 7])
      }),
    )
  })
})
