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

/**
 * A clock whose wall time never goes back: where somebody sets the machine's back, time goes on from where it
 * was, so that no age is negative and nothing that had expired is fresh again (RFC 9111 §4.2.3). Where it is
 * set forward, or the machine slept, wall time counts: the monotonic clock stands still in sleep.
 */
export function createSteadyClock(clock: Clock): Clock {
  const startedAt = clock.now() - clock.monotonic()
  return {
    ...clock,
    now: () => Math.max(clock.now(), Math.floor(startedAt + clock.monotonic())),
  }
}

/** Waits, and keeps the process alive meanwhile: for commands, which have nothing else to do. The signal ends it early. */
export function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(handle)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const handle = setTimeout(end, delayMs)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}

/** Calls `run` when all that has come in this turn of the event loop has been dealt with. */
export function afterTurn(run: () => void): void {
  setImmediate(run)
}

/** Lets everything else that is due have its turn: for long work that is done in steps. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
