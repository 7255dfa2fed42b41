import type { Observation } from './observation.ts'

/** A request that the guard refused: nothing of it was read but its head. */
export function toRefused(status: number): Observation {
  return {
    outcome: { kind: 'error', status },
    endpoint: 'other',
    kind: 'none',
    model: 'none',
    status,
    durationMs: 0,
    stages: undefined,
    firstFrameMs: undefined,
    bytes: 0,
    saved: undefined,
    client: 'stayed',
    capped: 'not-capped',
  }
}
