import { type Breaker, type BreakerState, createBreaker } from '../../../src/upstream/breaker.ts'
import type { UpstreamFailure } from '../../../src/upstream/failure.ts'
import { createManualClock, type ManualClock } from '../../support/clock.ts'

export const REFUSED = { reason: 'refused', phase: 'connecting', cause: undefined } as const
export const RESET = { reason: 'reset', phase: 'sent', cause: undefined } as const
export const ABORTED = { reason: 'aborted', phase: 'sent', cause: undefined } as const
export const CUT = { reason: 'closed', phase: 'body', cause: undefined } as const

/** What a probe finds; an error is what it rejects with. */
export type Finding = boolean | Error

/** A breaker whose clock, chance and probes the test holds. */
export interface BreakerBench {
  readonly breaker: Breaker
  readonly clock: ManualClock
  readonly changes: readonly BreakerState[]
  /** Probes under way, the oldest first. */
  readonly probes: readonly unknown[]
  failTimes(times: number, failure?: UpstreamFailure): void
  /** Ends the oldest probe, and lets the breaker hear of it. */
  settle(finding: Finding): Promise<void>
  /** Waits for the next probe on the clock, and ends it. */
  probe(finding: Finding): Promise<void>
}

export function createBreakerBench(random = 0.5): BreakerBench {
  const clock = createManualClock()
  const changes: BreakerState[] = []
  const probes: ((finding: Finding) => void)[] = []
  const breaker = createBreaker({
    clock,
    random: () => random,
    probe: () =>
      new Promise((resolve, reject) => {
        probes.push((found) => (found instanceof Error ? reject(found) : resolve(found)))
      }),
    onChange: (state) => changes.push(state),
  })
  const bench: BreakerBench = {
    breaker,
    clock,
    changes,
    probes,
    failTimes(times, failure = REFUSED) {
      for (let i = 0; i < times; i += 1) breaker.fail(failure)
    },
    async settle(finding) {
      probes.shift()?.(finding)
      await new Promise(setImmediate)
    },
    async probe(finding) {
      clock.advance(60_000)
      await bench.settle(finding)
    },
  }
  return bench
}
