/** A pending timer: `cancel` is safe to call at any time, also after it fired. */
export interface Timer {
  cancel(): void
}

/**
 * Time as everything in Reprise reads it. It arrives by parameter, so that a test moves it by hand.
 * This file is the only one that touches `Date.now`, `performance.now` and `setTimeout`.
 */
export interface Clock {
  /** Wall time, in milliseconds since the epoch. */
  now(): number
  /** Monotonic time in milliseconds, with fractions; only differences mean anything. */
  monotonic(): number
  /** Calls `run` once, `delayMs` from now. The timer does not keep the process alive. */
  startTimer(delayMs: number, run: () => void): Timer
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  startTimer(delayMs, run) {
    const handle = setTimeout(run, delayMs)
    handle.unref()
    return { cancel: () => clearTimeout(handle) }
  },
}
