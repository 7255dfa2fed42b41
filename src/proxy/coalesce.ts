import type { RefusalReason } from '../outcome.ts'
import type { UpstreamFailure } from '../upstream/failure.ts'
import type { FlightEffects, FlightRules } from './flight-rules.ts'

/** Where a flight is. */
export type FlightState =
  /** Waits for a slot; nothing has been sent. */
  | 'queued'
  /** A connection is being made, or the request was sent: nothing of the answer has come. */
  | 'waiting'
  /** The origin was busy; the same run is sent again in a moment. */
  | 'backing-off'
  /** The head of the answer has come. */
  | 'streaming'
  /** Ended: takes no members and hears no events. */
  | 'over'

/** How a flight ended. */
export type FlightEnd =
  /** The transport ended properly; whether the answer is complete is for the recording's judge to say. */
  | { readonly kind: 'done' }
  /** The transport failed before the first frame, and no second run was due. Everybody shares the failure. */
  | { readonly kind: 'transient'; readonly failure: UpstreamFailure }
  /** The second run failed like the first. Everybody shares the failure. */
  | { readonly kind: 'give-up'; readonly failure: UpstreamFailure }
  /** The answer broke off in the middle: a second generation is never spliced on the first. */
  | { readonly kind: 'cut'; readonly failure: UpstreamFailure }
  /** Nobody was left who wanted it. */
  | { readonly kind: 'abandoned'; readonly during: Exclude<FlightState, 'over'> }
  /** It was not let through to the origin. */
  | { readonly kind: 'refused'; readonly reason: RefusalReason }

/** At most this many runs for one flight: the first, and one that repeats it. */
const MAX_RUNS = 2

/**
 * One question on its way, for everybody who asked it: a state machine over events, without timers and
 * sockets. It belongs to nobody: members come and go, the last one to leave ends it. A member stands for a
 * request, and is only compared and handed back.
 */
export class FlightMachine<M> {
  state: FlightState = 'queued'
  /** Runs sent so far. */
  runs = 0
  readonly #rules: FlightRules
  readonly #effects: FlightEffects<M>
  /** In the order of their coming. */
  readonly #members = new Set<M>()
  /** Whose request the run is. */
  #runner: M
  #frames = 0
  /** Whether the run is kept although nobody waits for it: its model loads. */
  #isHeld = false
  /** Whether more has come than may be kept: nobody who comes later could have it. */
  #isOverflowing = false

  constructor(first: M, rules: FlightRules, effects: FlightEffects<M>) {
    this.#runner = first
    this.#rules = rules
    this.#effects = effects
    if (rules.purpose === 'answer') this.#members.add(first)
  }

  /** The member whose request was sent, or will be. */
  get runner(): M {
    return this.#runner
  }

  /** How many are waiting for it. */
  get size(): number {
    return this.#members.size
  }

  /** Asks for the first slot. */
  begin(): void {
    this.#effects.enter(this.#runner)
  }

  /** One more wants the answer. */
  join(member: M): void {
    this.#members.add(member)
    this.#release()
  }

  /** One no longer wants it. */
  leave(member: M): void {
    if (!this.#members.delete(member) || this.#members.size > 0 || this.state === 'over') return
    if (this.#isWanted()) return
    if (this.state === 'waiting') this.#hold(member)
    else this.#abandon()
  }

  /** Ends what nobody waits for, although it was meant to run: a refresh that stands in the way. */
  giveUp(): void {
    if (this.#members.size === 0) this.#abandon()
  }

  /** There is a slot. */
  admitted(): void {
    if (this.state !== 'queued') return
    this.#send(this.#runner, 'first')
  }

  /** It is not let through. */
  refused(reason: RefusalReason): void {
    this.#end({ kind: 'refused', reason })
  }

  /** The origin has begun to answer: whatever was loading is loaded. */
  head(): void {
    if (this.state === 'over') return
    this.state = 'streaming'
    this.#abandonIfHeld()
  }

  /** The origin said that its own queue is full. True where it will be asked again. */
  busy(): boolean {
    if (this.state !== 'waiting' || this.runs >= MAX_RUNS) return false
    if (this.#isHeld || !this.#rules.takeRetry()) return false
    this.state = 'backing-off'
    this.#effects.wakeAt(this.#rules.clock.monotonic() + this.#rules.backOffMs())
    return true
  }

  /** So many frames have come by now. */
  frames(total: number): void {
    this.#frames = total
  }

  /** More has come than may be kept: only those who are there can have it. */
  overflow(): void {
    this.#isOverflowing = true
    if (this.#members.size === 0) this.#abandon()
  }

  /** The transport ended properly. */
  finish(): void {
    this.#end({ kind: 'done' })
  }

  /** The transport failed. */
  fail(failure: UpstreamFailure): void {
    if (this.state === 'over') return
    const next = this.#findSuccessor(failure)
    if (next !== undefined) this.#send(next, next === this.#runner ? 'retried' : 'promoted')
    else if (this.#frames > 0) this.#end({ kind: 'cut', failure })
    else this.#end({ kind: this.runs >= MAX_RUNS ? 'give-up' : 'transient', failure })
  }

  /** What the origin says of the model. */
  residency(answer: 'loaded' | 'loading' | 'unreachable'): void {
    if (answer !== 'loading') this.#abandonIfHeld()
  }

  /** The instant that was asked for has come. */
  tick(): void {
    if (this.state === 'backing-off') this.#send(this.#runner, 'busy')
    else this.#abandonIfHeld()
  }

  #send(member: M, why: 'first' | 'promoted' | 'retried' | 'busy'): void {
    this.#runner = member
    this.runs += 1
    this.state = 'waiting'
    this.#effects.send(member, why)
  }

  /**
   * Who runs it again. Only what failed before anything came back may be repeated, never what took too long;
   * among several the oldest that has not run it takes over, one alone needs the budget's leave.
   */
  #findSuccessor({ reason }: UpstreamFailure): M | undefined {
    if (this.#frames > 0 || this.runs >= MAX_RUNS) return undefined
    if (reason === 'connect-timeout' || reason === 'aborted') return undefined
    for (const member of this.#members) if (member !== this.#runner) return member
    return this.#members.has(this.#runner) && this.#rules.takeRetry() ? this.#runner : undefined
  }

  /** Ollama throws a load away when its requester leaves: the run is kept until the model is there. */
  #hold(last: M): void {
    this.#isHeld = true
    this.#effects.wakeAt(this.#rules.clock.monotonic() + this.#rules.loadGraceMs)
    this.#effects.askResidency(last)
  }

  #release(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#effects.wakeAt(undefined)
  }

  #abandonIfHeld(): void {
    if (this.#isHeld && this.state !== 'over') this.#abandon()
  }

  /** Whether it runs on although nobody waits for it. */
  #isWanted(): boolean {
    if (this.#isOverflowing) return false
    return this.#rules.purpose === 'refresh' || this.#isWorthFinishing()
  }

  #isWorthFinishing(): boolean {
    const { finishShare, capTokens } = this.#rules
    if (finishShare === undefined || capTokens === undefined) return false
    // A frame is a token, but for the last one.
    return this.state === 'streaming' && this.#frames >= finishShare * capTokens
  }

  #abandon(): void {
    if (this.state === 'over') return
    const during = this.state
    this.#effects.cancel()
    this.#end({ kind: 'abandoned', during })
  }

  #end(end: FlightEnd): void {
    if (this.state === 'over') return
    this.state = 'over'
    this.#effects.wakeAt(undefined)
    this.#effects.end(end)
  }
}
