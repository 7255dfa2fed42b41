/** How long runs take, learnt from those that have ended. */
export interface ServiceTime {
  /** Notes a run that has ended, from its start, in ms. */
  note(serviceMs: number): void
  /** When so many runs one after the other will be over, in whole seconds from 1 to 120. */
  toRetryAfterSeconds(runs: number): number
}

/** Weight of the newest run in the moving average. */
const NEWEST_WEIGHT = 0.2

const MAX_RETRY_AFTER_SECONDS = 120

/** An exponentially weighted average; a second is promised before anything has been measured. */
export function createServiceTime(): ServiceTime {
  let averageMs: number | undefined
  return {
    note(serviceMs) {
      averageMs ??= serviceMs
      averageMs += NEWEST_WEIGHT * (serviceMs - averageMs)
    },
    toRetryAfterSeconds(runs) {
      const seconds = Math.ceil((runs * (averageMs ?? 0)) / 1000)
      return Math.min(Math.max(seconds, 1), MAX_RETRY_AFTER_SECONDS)
    },
  }
}
