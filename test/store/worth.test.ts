import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addTimes,
  type Candidate,
  chooseVictims,
  SAMPLE_ROWS,
  toEra,
  toWeight,
  toWorth,
} from '../../src/store/worth.ts'

const era = toEra(10_000, 1000)
const one: Candidate = { weight: 1, asOf: 10_000, costMs: 1000, bytes: 1000 }

describe('what an entry is worth', () => {
  it('is times asked for × milliseconds ÷ bytes', () => {
    expect(toWorth(one, era)).toBe(1)
    expect(toWorth({ ...one, weight: 3 }, era)).toBe(3)
    expect(toWorth({ ...one, costMs: 5000 }, era)).toBe(5)
    expect(toWorth({ ...one, bytes: 250 }, era)).toBe(4)
  })

  it('halves while the cache is filled 16 times over', () => {
    expect(toWorth(one, toEra(26_000, 1000))).toBeCloseTo(0.5)
    expect(toWorth(one, toEra(42_000, 1000))).toBeCloseTo(0.25)
  })

  it('does not change while nothing comes in', () => {
    expect(toWorth({ ...one, asOf: 500 }, toEra(500, 1000))).toBe(1)
  })

  it('adds up: hits count fully when they come, and decay together', () => {
    const sums = fc.property(fc.array(fc.nat({ max: 2000 }), { maxLength: 20 }), (gaps) => {
      let puts = 0
      let popularity = addTimes(undefined, 1, toEra(0, 1000))
      let expected = 1
      for (const gap of gaps) {
        puts += gap
        popularity = addTimes(popularity, 1, toEra(puts, 1000))
        expected = expected * 2 ** (-gap / 16_000) + 1
      }
      expect(toWeight(popularity, toEra(puts, 1000))).toBeCloseTo(expected, 6)
    })
    fc.assert(sums)
  })
})

describe('the victims of a sample', () => {
  const sample = Array.from({ length: SAMPLE_ROWS }, (_, n) => ({ ...one, costMs: 1000 + n }))

  it('are those worth least, an eighth at most', () => {
    const victims = chooseVictims(sample.toReversed(), Number.POSITIVE_INFINITY, era)
    expect(victims.map(({ costMs }) => costMs)).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((n) => 1000 + n),
    )
  })

  it('are no more than give back what is wanted', () => {
    expect(chooseVictims(sample, 2500, era)).toHaveLength(3)
    expect(chooseVictims(sample, 1, era)).toHaveLength(1)
    expect(chooseVictims(sample, 0, era)).toEqual([])
  })

  it('are at least one where anything is wanted and there', () => {
    expect(chooseVictims(sample.slice(0, 1), 1, era)).toHaveLength(1)
    expect(chooseVictims([], 1, era)).toEqual([])
  })
})
