import type { Clock, Timer } from '../../src/clock.ts'

/** A clock that a test moves by hand. */
export interface ManualClock extends Clock {
  /** Moves both clocks on and fires what is due, in order. */
  advance(ms: number): void
  /** Timers that have neither fired nor been cancelled. */
  pending(): number
}

interface Due {
  readonly at: number
  readonly run: () => void
}

/**
 * Starts at an instant of wall time; monotonic time starts at 0. Beside a real database it must start now: the
 * writer's thread has the machine's clock.
 */
export function createManualClock(startAt = Date.UTC(2026, 0, 1)): ManualClock {
  let elapsed = 0
  const timers = new Set<Due>()

  function takeNext(until: number): Due | undefined {
    const due = [...timers].filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0]
    if (due !== undefined) timers.delete(due)
    return due
  }

  return {
    now: () => startAt + Math.floor(elapsed),
    monotonic: () => elapsed,
    startTimer(delayMs, run): Timer {
      const timer = { at: elapsed + delayMs, run }
      timers.add(timer)
      return { cancel: () => void timers.delete(timer) }
    },
    advance(ms) {
      const until = elapsed + ms
      for (let due = takeNext(until); due !== undefined; due = takeNext(until)) {
        elapsed = Math.max(elapsed, due.at)
        due.run()
      }
      elapsed = until
    },
    pending: () => timers.size,
  }
}
