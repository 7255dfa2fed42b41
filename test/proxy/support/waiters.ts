import { createQueue, type QueueOptions, type Waiter } from '../../../src/proxy/queue.ts'
import type { Ticket } from '../../../src/proxy/ticket.ts'
import { createManualClock } from '../../support/clock.ts'

/** What a test says of a waiter; the rest is ordinary. */
type Given = Partial<Pick<Waiter, 'client' | 'group' | 'lane'>>

/** A queue with a clock moved by hand, and all that happened to its waiters, in order. */
export function openQueue(given: Partial<Omit<QueueOptions, 'clock'>> = {}) {
  const clock = createManualClock()
  const queue = createQueue({
    clock,
    concurrency: 1,
    maxDepth: 256,
    maxWaitMs: 0,
    groupTurns: 0,
    ...given,
  })
  /** `a` for a start, `a:full` for a refusal. */
  const events: string[] = []
  const tickets = new Map<string, Ticket>()

  /** Lets one in under a name; `then` is called within its start or its refusal. */
  function enter(name: string, waiter: Given = {}, then: () => void = () => {}): Ticket {
    const happen = (event: string): void => {
      events.push(event)
      then()
    }
    const ticket = queue.enter({
      client: waiter.client ?? name,
      group: waiter.group ?? '',
      lane: waiter.lane ?? 'foreground',
      start: () => happen(name),
      refuse: (reason) => happen(`${name}:${reason}`),
    })
    tickets.set(name, ticket)
    return ticket
  }

  return {
    clock,
    queue,
    events,
    enter,
    leave: (name: string): void => tickets.get(name)?.leave(),
    /** The names of all that start from here on when each ends as soon as it has started. */
    runOut(): string[] {
      const from = events.length
      for (let at = from - 1; at < events.length; at++) tickets.get(events[at] ?? '')?.leave()
      return events.slice(from)
    },
  }
}
