import { performance } from 'node:perf_hooks'
import { afterEach, describe, expect, it } from 'vitest'
import { createEventLoopDelay, type EventLoopDelay } from '../../src/metrics/pressure.ts'

const opened: EventLoopDelay[] = []

afterEach(() => {
  for (const delay of opened.splice(0)) delay.close()
})

function openDelay(): EventLoopDelay {
  const delay = createEventLoopDelay()
  opened.push(delay)
  return delay
}

/** Computes for so long within one turn of the loop. */
function compute(ms: number): void {
  const until = performance.now() + ms
  for (let at = 0; performance.now() < until; at++) Math.sqrt(at)
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the delay of the event loop', () => {
  it('is what each turn is late by, also across readings', async () => {
    const delay = openDelay()
    // The monitor measures from one of its ticks to the next, and ticks once in each turn of 60 ms.
    let before = performance.now()
    for (let turns = 0; turns < 6; turns++) {
      const start = performance.now()
      compute(60)
      await turn()
      const delayMs = delay.readMs()
      // Less its own 20 ms, and less the thousandth that the histogram rounds off.
      if (turns > 1) {
        expect(delayMs).toBeGreaterThan(39)
        expect(delayMs).toBeLessThan((performance.now() - before) * 1.01 - 20)
      }
      before = start + 60
    }
  })

  it('is not known where the loop has not turned since the last reading', async () => {
    const delay = openDelay()
    expect(delay.readMs()).toBeUndefined()
    for (let turns = 0; turns < 3; turns++) {
      compute(30)
      await turn()
    }
    expect(delay.readMs()).toBeGreaterThan(0)
    compute(30)
    expect(delay.readMs()).toBeUndefined()
  })

  it('is no longer watched once it is closed', async () => {
    const delay = openDelay()
    delay.close()
    for (let turns = 0; turns < 3; turns++) {
      compute(30)
      await turn()
    }
    expect(delay.readMs()).toBeUndefined()
  })
})
