import type { Clock } from '../../../src/clock.ts'

/** A clock that stands until it is moved. */
export interface ManualClock extends Clock {
  /** Moves both kinds of time, and rings the timers that fall due, in their order. */
  advance(ms: number): void
  /** Timers that have neither rung nor been cancelled. */
  readonly pendingTimers: number
}

export function createManualClock(startAt = Date.UTC(2026, 10, 21, 12)): ManualClock {
  let passed = 0
  const timers = new Set<{ dueAt: number; run: () => void }>()
  return {
    now: () => startAt + passed,
    monotonic: () => passed,
    startTimer(delayMs, run) {
      const timer = { dueAt: passed + delayMs, run }
      timers.add(timer)
      return { cancel: () => void timers.delete(timer) }
    },
    advance(ms) {
      passed += ms
      const due = [...timers].filter((timer) => timer.dueAt <= passed)
      for (const timer of due.sort((a, b) => a.dueAt - b.dueAt)) {
        timers.delete(timer)
        timer.run()
      }
    },
    get pendingTimers() {
      return timers.size
    },
  }
}
