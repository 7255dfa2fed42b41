import type { Clock } from '../clock.ts'
import type { FlightEnd } from './coalesce.ts'

/** What the machine asks of the world. Only `enter` and `askResidency` may call back before they return. */
export interface FlightEffects<M> {
  /** Asks for a slot; `admitted` or `refused` follows, at once or later. */
  enter(member: M): void
  /** Sends the member's request to the origin. */
  send(member: M, why: 'first' | 'promoted' | 'retried' | 'busy'): void
  /** Leaves the queue, or ends the run at once in whatever phase it is. */
  cancel(): void
  /** Asks whether the model is loaded; `residency` follows. */
  askResidency(member: M): void
  /** A `tick` is wanted at this monotonic instant, in ms; undefined takes the wish back. */
  wakeAt(at: number | undefined): void
  /** The flight is over: said once. */
  end(end: FlightEnd): void
}

/** The rules of a flight. */
export interface FlightRules {
  readonly clock: Pick<Clock, 'monotonic'>
  /** How long a run that nobody waits for is kept while its model loads, in ms. */
  readonly loadGraceMs: number
  /** Share of its cap (0 to 1) from which on an abandoned generation runs to its end; undefined: never. */
  readonly finishShare: number | undefined
  /** Tokens the run may produce at most; undefined where nothing says. */
  readonly capTokens: number | undefined
  /** `refresh`: wanted by nobody, and run to its end all the same. */
  readonly purpose: 'answer' | 'refresh'
  /** Whether the budget allows one more retry; takes it where it does. */
  takeRetry(): boolean
  /** How long to wait before a busy origin is asked again, in ms. */
  backOffMs(): number
}
