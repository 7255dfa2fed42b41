import type { Clock } from '../clock.ts'

/** Holds back removal by age until a second witness agrees with the machine's clock. */
export interface ClockDoubt {
  /** Hears what time it is elsewhere, in ms since the epoch. */
  hear(witness: number): void
}

/** A clock that is further than this from a witness is doubted, in ms. */
const CLOCK_DOUBT_MS = 7 * 24 * 3600 * 1000

/** Calls `onAgreed` once, with the first witness that agrees, and `onDoubted` with each before it that does not. */
export function createClockDoubt(
  clock: Pick<Clock, 'now'>,
  onAgreed: () => void,
  onDoubted: () => void,
): ClockDoubt {
  let isAgreed = false
  return {
    hear(witness) {
      if (isAgreed) return
      isAgreed = Math.abs(clock.now() - witness) <= CLOCK_DOUBT_MS
      if (isAgreed) onAgreed()
      else onDoubted()
    },
  }
}
