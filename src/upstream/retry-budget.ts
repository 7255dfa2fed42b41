/** What one request earns, and what one retry costs, in tenths of a retry. */
const EARNED_TENTHS = 1
const COST_TENTHS = 10

/** At most this much is saved up, in tenths: a quiet hour must not pay for a storm. */
const MOST_TENTHS = 100

/**
 * How many retries may be sent: a tenth of the requests, so that an origin in trouble is not asked
 * twice as often because it is in trouble (RFC 9110 §9.2.2 leaves the measure to the client).
 */
export interface RetryBudget {
  /** A request was sent for the first time. */
  note(): void
  /** Takes one retry; false where none is left. */
  take(): boolean
}

/** A token bucket with one retry in it, so that the first request of all may be repeated. */
export function createRetryBudget(): RetryBudget {
  // Whole tenths: ten times 0.1 is not 1.
  let tenths = COST_TENTHS
  return {
    note() {
      tenths = Math.min(MOST_TENTHS, tenths + EARNED_TENTHS)
    },
    take() {
      if (tenths < COST_TENTHS) return false
      tenths -= COST_TENTHS
      return true
    },
  }
}
