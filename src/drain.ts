import type { Server } from 'node:http'
import type { Clock } from './clock.ts'

/** How long running answers may go on after the order to stop, in ms. */
const DRAIN_LIMIT_MS = 25_000

/** Stops listening at once, lets running answers end, and cuts what is left when the time is over. */
export function drain(server: Server, clock: Pick<Clock, 'startTimer'>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.startTimer(DRAIN_LIMIT_MS, () => server.closeAllConnections())
    server.close(() => {
      timer.cancel()
      resolve()
    })
    server.closeIdleConnections()
  })
}
