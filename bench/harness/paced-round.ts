import type { Place } from './cores.ts'
import { pass } from './instant.ts'
import type { OpenLoop } from './open-loop.ts'
import { quantile } from './statistics.ts'

/** What was seen in one round, in ms. */
export interface Seen {
  readonly p50: number
  readonly p99: number
  /** How late the driver itself was, p99. */
  readonly late: number
}

/** One round at a fixed rate, and a pause after it. */
export async function measureRound(
  loop: OpenLoop,
  perSecond: number,
  place: Place | undefined,
): Promise<Seen> {
  const { fromIntendedMs, lateMs } = await loop.drive({ ...ROUND, perSecond }, place)
  await pass(PAUSE_MS)
  return {
    p50: quantile(fromIntendedMs, 0.5),
    p99: quantile(fromIntendedMs, 0.99),
    late: quantile(lateMs, 0.99),
  }
}

/**
 * A driver that waits for the next instant takes its core for itself. The kernel lets that pass for
 * less than a second, and then gives 50 ms to others (the fair server of sched(7)): so it stops before.
 */
const ROUND = { leadSeconds: 0.2, seconds: 0.5 }
/** What others on the machine get between two rounds. */
const PAUSE_MS = 500
