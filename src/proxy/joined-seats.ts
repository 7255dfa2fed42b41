import type { Seat } from './flights.ts'

/** Several seats of one request as one: its first flight tells the times, and all are given back together. */
export function joinSeats(held: Seat | undefined, taken: readonly Seat[]): Seat | undefined {
  const seats = held === undefined ? taken : [held, ...taken]
  const [first, ...others] = seats
  if (first === undefined || others.length === 0) return first
  return {
    source: first.source,
    role: first.role,
    times: first.times,
    get queueDepth() {
      return first.queueDepth
    },
    ridden: () => first.ridden(),
    share: (exchange) => first.share(exchange),
    leave() {
      for (const seat of seats) seat.leave()
    },
  }
}
