import type fc from 'fast-check'
import { expect } from 'vitest'
import type { Air } from './air.ts'
import { expectInvariants } from './flight-laws.ts'
import type { Reference } from './flight-reference.ts'

type Command = fc.AsyncCommand<Reference, Air>
/** Whether a command makes sense now. */
export type Check = (plain: Reference) => boolean

/** One command: done to the plain flights and to the real ones, which must then agree. */
export function step(
  name: string,
  check: Check,
  act: (plain: Reference, air: Air) => void | Promise<void>,
): Command {
  return {
    check,
    toString: () => name,
    async run(plain, air) {
      await act(plain, air)
      expect(toView(air)).toEqual(toPlainView(plain))
      expectInvariants(air)
    },
  }
}

function toView({ riders, sent, ends, queue, flights, clock, questions }: Air) {
  return {
    clients: riders.map(({ end, isHere }) => (isHere ? end : 'gone')),
    counts: [queue.depth, flights.size, clock.pending(), questions.length],
    sent: sent.map((each) => each.split(' ')[1]),
    ends,
  }
}

function toPlainView({ clients, trips, questions, sent, ends }: Reference) {
  const depth = trips.filter(({ state }) => state === 'queued').length
  const timers = trips.filter(({ wakeAt }) => wakeAt !== undefined).length
  return {
    clients: clients.map(({ end, isHere }) => (isHere ? end : 'gone')),
    counts: [depth, trips.length, timers, questions.length],
    ...{ sent, ends },
  }
}
