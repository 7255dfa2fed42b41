import type { Clock } from '../clock.ts'

/** How long a look-up waits at most, in ms. */
const WAIT_LIMIT_MS = 250

/** Waits for a reading that says whether the origin answered; `slow` where it is not over within its limit, and goes on. */
export function waitForReading(
  reading: Promise<boolean>,
  clock: Pick<Clock, 'startTimer'>,
): Promise<'read' | 'unreachable' | 'slow'> {
  return new Promise((resolve) => {
    const timer = clock.startTimer(WAIT_LIMIT_MS, () => resolve('slow'))
    void reading.then((isRead) => {
      timer.cancel()
      resolve(isRead ? 'read' : 'unreachable')
    })
  })
}
