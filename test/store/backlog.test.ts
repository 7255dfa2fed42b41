import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBacklog } from '../../src/store/backlog.ts'

const anyOrders = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 40 })
const anyMeasure = fc.record({
  orders: fc.integer({ min: 1, max: 10 }),
  bytes: fc.integer({ min: 0, max: 100 }),
})

describe('a backlog', () => {
  it('is taken in its order, all of it, and never more at once than was asked for but a first that is larger', () => {
    const law = fc.property(anyOrders, anyMeasure, (sizes, most) => {
      const backlog = createBacklog<number>()
      for (const [place, bytes] of sizes.entries()) backlog.add(place, bytes)
      const taken: number[] = []
      while (backlog.orders > 0) {
        const piece = backlog.take(most.orders, most.bytes)
        const bytes = piece.reduce((sum, place) => sum + (sizes[place] ?? 0), 0)
        expect(piece.length).toBeGreaterThan(0)
        expect(piece.length).toBeLessThanOrEqual(most.orders)
        expect(bytes <= most.bytes || piece.length === 1).toBe(true)
        taken.push(...piece)
        const left = sizes.slice(taken.length)
        expect([backlog.orders, backlog.bytes]).toEqual([
          left.length,
          left.reduce((sum, size) => sum + size, 0),
        ])
      }
      expect(taken).toEqual([...sizes.keys()])
    })
    fc.assert(law)
  })

  it('gives nothing where nothing waits', () => {
    expect(createBacklog().take(10, 10)).toEqual([])
  })
})
