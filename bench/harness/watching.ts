import { waitUntil } from './instant.ts'
import { readMetric, type Stage } from './stage.ts'

/** Waits until so many wait for a slot; the instant at which they did. */
export function reachDepth({ reprise }: Stage, depth: number): Promise<number> {
  return waitUntil(async () => (await readMetric(reprise, 'reprise_queue_depth')) === depth)
}

/** What the origin saw of the run with this tag; undefined before it came. */
export async function findRun(stage: Stage, tag: string) {
  return (await stage.readLog()).runs.find((run) => run.tag === tag)
}
