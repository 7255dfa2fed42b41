import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Observation } from '../../src/metrics/observation.ts'
import { type ObservedBatch, ObservedRows } from '../../src/metrics/observed.ts'
import { toGroups } from '../../src/metrics/observed-group.ts'
import { toRefused } from '../../src/metrics/refused.ts'
import { createObservedQueue } from '../../src/workers/observed.ts'
import { createManualClock } from '../support/clock.ts'
import { anyObservation, toExpected, toSeen } from '../support/observed.ts'

function open() {
  const clock = createManualClock()
  const batches: ObservedBatch[] = []
  const queue = createObservedQueue(clock, (batch) => void batches.push(batch))
  const add = (observations: readonly Observation[]): void => {
    const rows = new ObservedRows(observations.length)
    for (const each of observations) rows.add(each)
    queue.add(rows.take())
  }
  return { clock, queue, add, batches }
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value)

describe('observations on their way', () => {
  it('arrive as they were made, in their order, whatever they came together with', () => {
    fc.assert(
      fc.property(fc.array(fc.array(anyObservation, { maxLength: 9 })), (given) => {
        const { add, queue, batches } = open()
        for (const each of given) add(each)
        queue.handOver()
        const arrived = structuredClone(batches).flatMap((batch) => toGroups(batch))
        expect(toSeen(arrived)).toEqual(toExpected(given.flat()))
      }),
    )
  })

  it('go together after 200 ms, at once where there are many, and only once', () => {
    const { clock, add, queue, batches } = open()
    const sizes = () =>
      batches.map((batch) => toGroups(batch).reduce((sum, { length }) => sum + length, 0))
    add(times(3, toRefused(404)))
    clock.advance(199)
    expect(sizes()).toEqual([])
    clock.advance(1)
    expect(sizes()).toEqual([3])
    add(times(2_049, toRefused(404)))
    expect(sizes()).toEqual([3, 2_048])
    queue.handOver()
    queue.handOver()
    expect([sizes(), clock.pending()]).toEqual([[3, 2_048, 1], 0])
  })
})
