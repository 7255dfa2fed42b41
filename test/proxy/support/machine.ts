import { type FlightEnd, FlightMachine } from '../../../src/proxy/coalesce.ts'
import type { FlightRules } from '../../../src/proxy/flight-rules.ts'
import type { UpstreamFailure, UpstreamFailureReason } from '../../../src/upstream/failure.ts'
import { createManualClock } from '../../support/clock.ts'

/** How a flight ended, in a few words: `cut reset`, `abandoned queued`. */
export function nameEnd(end: FlightEnd): string {
  if (end.kind === 'abandoned') return `abandoned ${end.during}`
  if (end.kind === 'refused') return `refused ${end.reason}`
  return 'failure' in end ? `${end.kind} ${end.failure.reason}` : end.kind
}

/** A failure of the transport. */
export function toFailure(reason: UpstreamFailureReason): UpstreamFailure {
  return { reason, phase: 'sent', cause: undefined }
}

/** The machine alone, started by `a`, and all that it asked of the world, in order. */
export function openMachine(given: Partial<FlightRules> = {}) {
  const clock = createManualClock()
  const asked: string[] = []
  const wishes: (number | undefined)[] = []
  const machine = new FlightMachine<string>(
    'a',
    {
      clock,
      loadGraceMs: 60_000,
      finishShare: undefined,
      capTokens: undefined,
      purpose: 'answer',
      takeRetry: () => true,
      backOffMs: () => 500,
      ...given,
    },
    {
      enter: (member) => asked.push(`enter ${member}`),
      send: (member, why) => asked.push(`send ${member} ${why}`),
      cancel: () => asked.push('cancel'),
      askResidency: (member) => asked.push(`ask ${member}`),
      wakeAt: (at) => wishes.push(at),
      end: (end) => asked.push(nameEnd(end)),
    },
  )
  machine.begin()
  return {
    machine,
    clock,
    /** What was asked since the last look. */
    look: (): string[] => asked.splice(0),
    /** The instant at which a tick is wanted; undefined where none is. */
    get wakeAt() {
      return wishes.at(-1)
    },
    join: (...members: string[]): void => {
      for (const member of members) machine.join(member)
    },
    leave: (...members: string[]): void => {
      for (const member of members) machine.leave(member)
    },
    fail: (reason: UpstreamFailureReason): void => machine.fail(toFailure(reason)),
  }
}

/** A machine that has come as far as the state says, with nothing left to look at. */
export function openMachineIn(
  state: 'waiting' | 'backing-off' | 'streaming',
  given: Partial<FlightRules> = {},
) {
  const bench = openMachine(given)
  bench.machine.admitted()
  if (state === 'backing-off') bench.machine.busy()
  if (state === 'streaming') bench.machine.head()
  bench.look()
  return bench
}
