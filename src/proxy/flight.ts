import type { Timer } from '../clock.ts'
import type { UpstreamFailure } from '../upstream/failure.ts'
import type { Run } from '../upstream/run.ts'
import { type FlightEnd, FlightMachine } from './coalesce.ts'
import type { Exchange } from './exchange.ts'
import {
  type FlightOptions,
  type FlightPlan,
  REFUSALS,
  type SendReason,
  toRules,
} from './flight-plan.ts'
import type { FlightEffects } from './flight-rules.ts'
import { toRunRequest } from './forward.ts'
import type { SourceEnd } from './frame-source.ts'
import { createRecording, type Recording } from './recording.ts'
import { toRefusal } from './refusal.ts'
import type { Place } from './roster.ts'
import { createRunSink, type FlightNotes } from './run-sink.ts'
import type { FlightTimes } from './stages.ts'
import type { Ticket } from './ticket.ts'

/** One question on its way to the origin: the machine's effects, carried out on queue, sockets and timers. */
export class Flight {
  readonly recording: Recording
  readonly machine: FlightMachine<Exchange>
  /** Where the register has it. */
  place: Place<Flight> | undefined
  readonly #plan: FlightPlan
  readonly #options: FlightOptions
  #ticket: Ticket | undefined
  #run: Run | undefined
  #timer: Timer | undefined
  #isCancelled = false
  readonly #times: FlightNotes = {}

  constructor(first: Exchange, plan: FlightPlan, options: FlightOptions) {
    this.#plan = plan
    this.#options = options
    this.recording = createRecording({
      capture: plan.capture,
      rules: plan.rules,
      maxBytes: options.maxBytes,
      onPace: (pace) => (pace === 'wait' ? this.#run?.pause() : this.#run?.resume()),
    })
    this.machine = new FlightMachine(first, toRules(plan, options), this.#toEffects())
  }

  /** Whether one more may ride along: all that came is still there, and it is no error. */
  get isJoinable(): boolean {
    const { head, isOverflowing } = this.recording
    const isGood = head === undefined || head.status === 200
    return this.machine.state !== 'over' && isGood && !isOverflowing
  }

  /** When what happened to it. */
  get times(): FlightTimes {
    return this.#times
  }

  /** How long it has waited for its slot, so far or in all, in ms. */
  get waitedMs(): number {
    return this.#ticket?.waitedMs ?? 0
  }

  /** How many waited before it when it came. */
  get depthAtEntry(): number {
    return this.#ticket?.depthAtEntry ?? 0
  }

  #toEffects(): FlightEffects<Exchange> {
    return {
      enter: () => this.#enter(),
      send: (member, why) => this.#send(member, why),
      cancel: () => this.#cancel(),
      askResidency: (member) => this.#askResidency(member),
      wakeAt: (at) => this.#wakeAt(at),
      end: (end) => this.#end(end),
    }
  }

  #enter(): void {
    const { client, group, purpose } = this.#plan
    const ticket = this.#options.queue.enter({
      client,
      group,
      lane: purpose === 'refresh' ? 'background' : 'foreground',
      start: () => this.machine.admitted(),
      refuse: (reason) => this.machine.refused(REFUSALS[reason]),
    })
    this.#ticket = ticket
    // It may have ended within the call: the slot goes back at once.
    if (this.machine.state === 'over') ticket.leave()
  }

  #send(member: Exchange, why: SendReason): void {
    const { clock, upstream, pseudonym, findRefusal, onSent } = this.#options
    const { retryAfterSeconds, onAnswered, onFailed, gapsOf } = this.#options
    const refusal = findRefusal()
    if (refusal !== undefined) {
      this.machine.refused(refusal)
      return
    }
    onSent(member, why)
    this.#times.admittedAt ??= clock.monotonic()
    const { runs } = this.machine
    const sink = createRunSink({
      clock,
      retryAfterSeconds,
      onAnswered,
      onFailed,
      gapsOf,
      machine: this.machine,
      recording: this.recording,
      times: this.#times,
      isHeard: () => this.machine.state !== 'over' && !this.#isCancelled,
      onRefusedByOrigin: () => {
        // An error is an answer, its head alone as good as a frame: it is never asked for again.
        this.machine.frames(1)
        this.#plan.onClosed(this)
      },
    })
    const run = upstream.run(toRunRequest(member, pseudonym), sink)
    // It may have failed within the call, and the next one be under way.
    if (this.machine.runs === runs) this.#run = run
  }

  #cancel(): void {
    // Aborting calls back: nobody is to hear that.
    this.#isCancelled = true
    this.#run?.abort()
  }

  #askResidency(member: Exchange): void {
    // Before anything was sent there is no load that could be lost.
    if (this.#run?.phase === 'connecting') this.machine.residency('unreachable')
    else void this.#options.askResidency(member).then((answer) => this.machine.residency(answer))
  }

  #wakeAt(at: number | undefined): void {
    const { clock } = this.#options
    this.#timer?.cancel()
    this.#timer =
      at === undefined
        ? undefined
        : clock.startTimer(Math.max(0, at - clock.monotonic()), () => this.machine.tick())
  }

  #end(end: FlightEnd): void {
    this.#times.endedAt = this.#options.clock.monotonic()
    this.#plan.onClosed(this)
    // A reader that fails must not keep the slot from the next flight.
    try {
      this.#conclude(end)
    } finally {
      const { waitedMs } = this
      const { runner, size } = this.machine
      const { recording } = this
      this.#options.onOver(end, { waitedMs, members: size, runner, recording })
      this.#run = undefined
      this.#ticket?.leave()
    }
  }

  /** Judged before readers are told: who asks again at once must find the verdict. */
  #conclude(end: FlightEnd): void {
    const { commit, clock } = this.#options
    const { admittedAt = 0, endedAt = 0 } = this.#times
    const ending = end.kind === 'abandoned' ? 'abandoned' : 'ended'
    this.recording.finish(this.#toSourceEnd(end), () => {
      if (end.kind === 'refused') return
      commit(this.recording, this.machine.runner, { ending, wallMs: endedAt - admittedAt })
      this.#times.storedAt = clock.monotonic()
    })
  }

  #toSourceEnd(end: FlightEnd): SourceEnd {
    switch (end.kind) {
      case 'done':
        return { kind: 'ended' }
      case 'transient':
      case 'give-up':
      case 'cut':
        return { kind: 'failed', failure: end.failure }
      case 'abandoned':
        return { kind: 'failed', failure: GIVEN_UP }
      case 'refused': {
        const seconds = this.#options.retryAfterSeconds(end.reason)
        return { kind: 'refused', error: toRefusal(end.reason, seconds) }
      }
    }
  }
}

/** Nobody reads it: everybody has left. */
const GIVEN_UP: UpstreamFailure = { reason: 'aborted', phase: 'body', cause: undefined }
