import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Observation } from '../../src/metrics/observation.ts'
import { ObservedRows } from '../../src/metrics/observed.ts'
import { toGroups } from '../../src/metrics/observed-group.ts'
import { toRefused } from '../../src/metrics/refused.ts'
import { anyObservation, toExpected, toObserved, toSeen } from '../support/observed.ts'

describe('requests that have ended', () => {
  it('are told of as they came, in their order', () => {
    fc.assert(
      fc.property(fc.array(anyObservation, { maxLength: 30 }), (given) => {
        expect(toSeen(toObserved(given))).toEqual(toExpected(given))
      }),
    )
  })

  it('stand in one group while they differ in nothing but their numbers', () => {
    const word = fc.constantFrom('absent', 'expired', 'request')
    fc.assert(
      fc.property(anyObservation, fc.array(word, { minLength: 1, maxLength: 20 }), (one, words) => {
        const given = words.map(
          (reason, i): Observation => ({ ...one, outcome: { kind: 'miss', reason }, bytes: i }),
        )
        const changes = words.filter((reason, i) => reason !== words[i - 1]).length
        expect(toObserved(given)).toHaveLength(changes)
      }),
    )
  })

  it('are added up in their group', () => {
    fc.assert(
      fc.property(fc.array(anyObservation, { maxLength: 30 }), (given) => {
        const groups = toObserved(given)
        const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0)
        expect(sum(groups.map(({ bytes }) => bytes))).toBe(sum(given.map(({ bytes }) => bytes)))
        for (const what of ['saved', 'avoidable'] as const) {
          const some = given.flatMap((each) => each[what] ?? [])
          const said = groups.map((group) => group[what])
          expect(sum(said.map(({ generations }) => generations))).toBe(some.length)
          expect(sum(said.map(({ tokens }) => tokens))).toBe(sum(some.map(({ tokens }) => tokens)))
          expect(sum(said.map(({ seconds }) => seconds))).toBeCloseTo(
            sum(some.map(({ costMs }) => costMs / 1000)),
          )
        }
      }),
    )
  })

  it('are full where they have many forms, and begin anew without losing one', () => {
    const models = Array.from({ length: 100 }, (_, i) => `model-${i}`)
    const rows = new ObservedRows(1_000)
    const told: string[] = []
    const take = () => told.push(...toGroups(rows.take()).map(({ form }) => form.model))
    for (const model of models) {
      rows.add({ ...toRefused(200), model })
      if (rows.isFull) take()
    }
    take()
    expect(told).toEqual(models)
    expect([rows.length, rows.isFull]).toEqual([0, false])
  })
})
