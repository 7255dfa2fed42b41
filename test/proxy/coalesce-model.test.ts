import fc from 'fast-check'
import { describe, it } from 'vitest'
import { openAir } from './support/air.ts'
import { flightCommands } from './support/flight-commands.ts'
import { expectNothingLeft } from './support/flight-laws.ts'
import { Reference } from './support/flight-reference.ts'

const rules = fc.record({
  finishFrames: fc.constantFrom(1, 2, Number.POSITIVE_INFINITY),
  maxBytes: fc.constantFrom(100, 1_000_000),
  retries: fc.nat(3),
})

describe('flights', () => {
  it('do what the plain ones do, and leave nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(rules, flightCommands, async (given, steps) => {
        const budget = { left: given.retries }
        const air = openAir({
          concurrency: 1,
          maxBytes: given.maxBytes,
          finishShare: given.finishFrames / 4,
          takeRetry: () => budget.left-- > 0,
        })
        air.takeSlot()
        await fc.asyncModelRun(() => ({ model: new Reference(given), real: air }), steps)
        air.giveSlot()
        expectNothingLeft(air)
      }),
      { numRuns: 300 },
    )
  })
})
