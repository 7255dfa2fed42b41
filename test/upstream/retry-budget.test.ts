import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRetryBudget, type RetryBudget } from '../../src/upstream/retry-budget.ts'

function note(budget: RetryBudget, times: number): void {
  for (let i = 0; i < times; i += 1) budget.note()
}

function takeAll(budget: RetryBudget): number {
  let taken = 0
  while (budget.take()) taken += 1
  return taken
}

describe('the budget for retries', () => {
  it('has one retry before the first request', () => {
    expect(takeAll(createRetryBudget())).toBe(1)
  })

  it('earns one retry with ten requests, not with nine', () => {
    const budget = createRetryBudget()
    takeAll(budget)
    note(budget, 9)
    expect(budget.take()).toBe(false)
    note(budget, 1)
    expect(takeAll(budget)).toBe(1)
  })

  it('saves ten retries and no more', () => {
    const budget = createRetryBudget()
    note(budget, 100_000)
    expect(takeAll(budget)).toBe(10)
  })

  it('never allows more than one and a tenth of the requests, and all of that where none was lost', () => {
    const steps = fc.array(fc.constantFrom<'note' | 'take'>('note', 'take'), { maxLength: 400 })
    fc.assert(
      fc.property(steps, (sequence) => {
        const budget = createRetryBudget()
        let noted = 0
        let taken = 0
        for (const step of sequence) {
          const mostAllowed = Math.floor(1 + noted / 10) - taken
          if (step === 'note') {
            noted += 1
            budget.note()
          } else if (budget.take()) {
            expect(mostAllowed).toBeGreaterThanOrEqual(1)
            taken += 1
          } else {
            // Only what exceeded ten can have been lost.
            expect(mostAllowed < 1 || noted > 90).toBe(true)
          }
        }
      }),
    )
  })
})
