import { describe, expect, it } from 'vitest'
import type { Touch } from '../../src/store/rows.ts'
import { createTouches } from '../../src/store/touches.ts'
import { createManualClock } from '../support/clock.ts'
import { keyOf } from './entries.ts'

/** With all orders to write that it gives. */
function open() {
  const clock = createManualClock()
  const orders: (readonly Touch[])[] = []
  const touches = createTouches(clock, (order) => orders.push(order))
  return { clock, orders, touches }
}

describe('hits', () => {
  it('are handed over once a second, each entry with how often', () => {
    const { clock, orders, touches } = open()
    for (const n of [1, 2, 1]) touches.add(keyOf(n))
    clock.advance(999)
    expect(orders).toEqual([])
    clock.advance(1)
    expect(orders).toEqual([
      [
        { key: keyOf(1), times: 2 },
        { key: keyOf(2), times: 1 },
      ],
    ])
    clock.advance(5_000)
    expect(orders).toHaveLength(1)
  })

  it('are those of 8,192 entries at most, 128 in an order', () => {
    const { orders, touches } = open()
    for (let n = 0; n < 8_200; n++) touches.add(keyOf(n))
    // One that is known is counted all the same.
    touches.add(keyOf(0))
    touches.flush()
    expect(orders.map(({ length }) => length)).toEqual(Array.from({ length: 64 }, () => 128))
    expect(orders.flat()[0]).toEqual({ key: keyOf(0), times: 2 })
  })
})
