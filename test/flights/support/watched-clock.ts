import { createManualClock, type ManualClock } from '../../support/clock.ts'

/** A clock moved by hand that says when somebody has begun to wait. */
export interface WatchedClock extends ManualClock {
  /** Resolves once a timer is pending that was started for a time between these, in ms. */
  timerOf(fromMs: number, toMs?: number): Promise<void>
}

/** Starts with no timers. */
export function createWatchedClock(): WatchedClock {
  const clock = createManualClock()
  const delays = new Set<{ readonly delayMs: number }>()
  const waiting = new Set<() => void>()
  return {
    ...clock,
    startTimer(delayMs, run) {
      const pending = { delayMs }
      delays.add(pending)
      const timer = clock.startTimer(delayMs, () => {
        delays.delete(pending)
        run()
      })
      for (const look of [...waiting]) look()
      return {
        cancel() {
          delays.delete(pending)
          timer.cancel()
        },
      }
    },
    timerOf: (fromMs, toMs = fromMs) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (![...delays].some(({ delayMs }) => delayMs >= fromMs && delayMs <= toMs)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}
