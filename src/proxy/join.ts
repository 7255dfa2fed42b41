import type { Clock } from '../clock.ts'
import type { RefusalReason } from '../outcome.ts'
import type { Exchange, Mode, Step, StepName } from './exchange.ts'
import type { Flights } from './flights.ts'
import { toNotCached, toRefusal } from './refusal.ts'
import { giveStale } from './stale.ts'

/** What the step needs of the rest. */
export interface JoinOptions {
  readonly flights: Flights
  readonly clock: Pick<Clock, 'now'>
  /** `offline`: nothing goes to the origin. */
  readonly mode: Mode
  /** When to ask again after a refusal, in whole seconds. */
  retryAfterSeconds(reason: RefusalReason): number
}

/** Takes a seat in the flight of the request's key, or starts one of its own. */
export function createJoinStep(options: JoinOptions): Step {
  return (exchange) => {
    if (options.mode === 'offline') throw toNotCached('offline')
    if (exchange.directives.onlyIfCached) throw toNotCached('only-if-cached')
    const reason = options.flights.refuse(exchange)
    if (reason !== undefined) return refuse(exchange, reason, options)
    const seat = options.flights.join(exchange)
    exchange.seat = seat
    exchange.source = seat.source
    const { outcome } = exchange
    if (seat.role === 'follower' && outcome.kind === 'miss') {
      exchange.outcome = { kind: 'collapsed', reason: outcome.reason }
    }
    return exchange.stale === undefined ? 'deliver' : 'fallback'
  }
}

/** An answer past its lifetime is better than none. */
function refuse(exchange: Exchange, reason: RefusalReason, options: JoinOptions): StepName {
  const { stale } = exchange
  if (stale !== undefined) return giveStale(exchange, stale, { kind: 'none' }, options.clock.now())
  throw toRefusal(reason, options.retryAfterSeconds(reason))
}
