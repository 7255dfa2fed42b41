import type { Clock } from '../../src/clock.ts'

/** A clock that stands still until a test moves it. */
export interface HandClock extends Clock {
  /** Moves both times on and fires, in order, the timers that fall due. */
  advance(ms: number): void
  /** Delays of the timers that wait, in ms from now. */
  waiting(): number[]
}

/** Starts at `startAt`, in ms since the epoch; the monotonic time starts at zero. */
export function createHandClock(startAt = Date.UTC(2026, 0, 1)): HandClock {
  let elapsedMs = 0
  let timers: { dueMs: number; run: () => void }[] = []
  const nextWithin = (limitMs: number) =>
    timers.filter((timer) => timer.dueMs <= limitMs).sort((a, b) => a.dueMs - b.dueMs)[0]
  return {
    now: () => startAt + elapsedMs,
    monotonic: () => elapsedMs,
    startTimer(delayMs, run) {
      const timer = { dueMs: elapsedMs + delayMs, run }
      timers.push(timer)
      return {
        cancel() {
          timers = timers.filter((other) => other !== timer)
        },
      }
    },
    advance(ms) {
      const untilMs = elapsedMs + ms
      for (let timer = nextWithin(untilMs); timer; timer = nextWithin(untilMs)) {
        const fired = timer
        timers = timers.filter((other) => other !== fired)
        elapsedMs = fired.dueMs
        fired.run()
      }
      elapsedMs = untilMs
    },
    waiting: () => timers.map((timer) => timer.dueMs - elapsedMs),
  }
}
