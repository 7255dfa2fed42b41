import type { Exchange } from './exchange.ts'
import type { Seat } from './flights.ts'

/** Several seats of one request as one: its first flight tells the times, and all are given back together. */
export function joinSeats(held: Seat | undefined, taken: readonly Seat[]): Seat | undefined {
  const seats = held === undefined ? taken : [held, ...taken]
  const [first, ...others] = seats
  return first === undefined || others.length === 0 ? first : new JoinedSeats(first, others)
}

class JoinedSeats implements Seat {
  readonly source: Seat['source']
  readonly role: Seat['role']
  readonly times: Seat['times']
  readonly #first: Seat
  readonly #others: readonly Seat[]

  constructor(first: Seat, others: readonly Seat[]) {
    this.source = first.source
    this.role = first.role
    this.times = first.times
    this.#first = first
    this.#others = others
  }

  get queueDepth(): number {
    return this.#first.queueDepth
  }

  ridden(): ReturnType<Seat['ridden']> {
    return this.#first.ridden()
  }

  share(exchange: Exchange): Seat {
    return this.#first.share(exchange)
  }

  leave(): void {
    this.#first.leave()
    for (const seat of this.#others) seat.leave()
  }
}
