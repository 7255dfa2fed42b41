import type { Server } from './servers.ts'
import { readMetric } from './stage.ts'

/** How often Node itself looks at its loop, in ms: a loop that is never held up is seen to take as long. */
const RESOLUTION_MS = 10

/** How late the loop of Reprise was since this was last asked for, in ms: at most, or in 99 of 100 cases. */
export async function readLoopDelay(server: Server, which: 'max' | 'p99'): Promise<number> {
  const seconds = await readMetric(server, `nodejs_eventloop_lag_${which}_seconds`)
  return Math.max(0, seconds * 1_000 - RESOLUTION_MS)
}
