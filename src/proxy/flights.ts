import { readOption } from '../ollama/options.ts'
import type { RefusalReason } from '../outcome.ts'
import type { Key } from '../store/store.ts'
import type { Exchange } from './exchange.ts'
import { Flight } from './flight.ts'
import { type FlightOptions, type FlightPlan, REFUSALS } from './flight-plan.ts'
import type { FrameSource } from './frame-source.ts'
import { findRules, type PersonalOptions, toPersonal } from './personal.ts'
import { type RiddenRun, readRidden } from './ridden.ts'
import { createRoster } from './roster.ts'
import type { FlightTimes } from './stages.ts'

/** One request's place in a flight. */
export interface Seat {
  readonly source: FrameSource
  /** `leader`: its request started the flight. `follower`: it rides along with somebody else's. */
  readonly role: 'leader' | 'follower'
  /** How many stood before it in the queue. */
  readonly queueDepth: number
  /** When what happened to the flight. */
  readonly times: FlightTimes
  /** What a follower was spared, once the flight has ended; undefined where the run was its own. */
  ridden(): RiddenRun | undefined
  /** One more seat in the same flight, for another request. */
  share(exchange: Exchange): Seat
  /** No longer wants the answer. The last one to leave ends the flight. Safe to call again. */
  leave(): void
}

/** Everything that is on its way to the origin: at most one flight for each key. */
export interface Flights {
  /** Refuses a request that may not start a flight, and counts it; undefined where it may, or need not. */
  refuse(exchange: Exchange): RefusalReason | undefined
  /** Rides along with the flight of the same key, or starts one. */
  join(exchange: Exchange): Seat
  /**
   * Makes a new answer in the background: one at a time, never for a key in the air, nor what could not be kept.
   * Says whether a run was started for it.
   */
  refresh(exchange: Exchange): 'started' | 'not-started'
  /** Flights that have not ended. */
  readonly size: number
}

/** What the register needs of the rest. */
export interface FlightsOptions extends FlightOptions, Pick<PersonalOptions, 'random'> {
  /** Bytes that all flights together may hold; past it new ones are passed on without being kept. */
  readonly maxTotalBytes: number
  /** Whether a new flight may be started at all. */
  findOverload(): RefusalReason | undefined
  /** Called for each request that got no seat. */
  onRefused(reason: RefusalReason): void
  /** Requests of one group need no reload of the model between them. */
  toGroup(exchange: Exchange): string
}

/** Starts with none. */
export function createFlights(options: FlightsOptions): Flights {
  return new FlightRegister(options)
}

class FlightRegister implements Flights {
  readonly #options: FlightsOptions
  /** Every flight that holds frames: those that have not ended, and those that are still being read. */
  readonly #live = createRoster<Key, Flight>()
  #refresh: Flight | undefined

  constructor(options: FlightsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#live.sum(({ machine }) => (machine.state === 'over' ? 0 : 1))
  }

  refuse(exchange: Exchange): RefusalReason | undefined {
    if (this.#findJoinable(exchange) !== undefined) return undefined
    const reason = this.#findRefusal()
    if (reason !== undefined) this.#options.onRefused(reason)
    return reason
  }

  join(exchange: Exchange): Seat {
    const flight = this.#findJoinable(exchange)
    if (flight !== undefined) return this.share(flight, exchange)
    const started = this.#start(exchange, 'answer')
    const seat = this.#toSeat(started, exchange, 'leader')
    started.machine.begin()
    return seat
  }

  refresh(exchange: Exchange): 'started' | 'not-started' {
    const isBusy = this.#refresh !== undefined || this.#findJoinable(exchange) !== undefined
    if (isBusy || !this.#hasRoom() || this.#findRefusal() !== undefined) {
      return 'not-started'
    }
    this.#refresh = this.#start(exchange, 'refresh')
    this.#refresh.machine.begin()
    return 'started'
  }

  #findRefusal(): RefusalReason | undefined {
    const { queue, findRefusal, findOverload } = this.#options
    // Before a flight is made: with a full queue that is most of what a refusal costs.
    const refusal = queue.findRefusal()
    return findRefusal() ?? (refusal && REFUSALS[refusal]) ?? findOverload()
  }

  #findJoinable({ identity }: Exchange): Flight | undefined {
    const flight = identity && this.#live.find(identity.key)
    if (flight?.isJoinable !== true) return undefined
    // A refresh that waits is behind everybody: who wants the answer now takes its place.
    if (flight === this.#refresh && flight.machine.state === 'queued') flight.machine.giveUp()
    return flight.isJoinable ? flight : undefined
  }

  #start(exchange: Exchange, purpose: FlightPlan['purpose']): Flight {
    const key = exchange.identity?.key
    const isKept = key !== undefined && this.#hasRoom()
    const plan: FlightPlan = {
      key,
      rules: findRules(exchange),
      capture: isKept ? 'keep' : 'pass',
      purpose,
      // What is not kept is for those who wait: without them nothing is gained by its end.
      capTokens: isKept ? readCap(exchange) : undefined,
      client: toClient(exchange),
      group: this.#options.toGroup(exchange),
      onClosed: (flight) => this.#close(flight, key),
    }
    const flight = new Flight(exchange, plan, this.#options)
    flight.place = this.#live.add(flight, isKept ? key : undefined)
    return flight
  }

  #close(flight: Flight, key: Key | undefined): void {
    if (key !== undefined && flight.place !== undefined) this.#live.close(flight.place, key)
    if (flight === this.#refresh && flight.machine.state === 'over') this.#refresh = undefined
    this.#forget(flight)
  }

  /** A flight is held for as long as somebody reads it or it has not ended. */
  #forget(flight: Flight): void {
    const { machine, place } = flight
    if (machine.state === 'over' && machine.size === 0 && place !== undefined)
      this.#live.remove(place)
  }

  #hasRoom(): boolean {
    const bytes = this.#live.sum(({ recording }) => recording.heldBytes)
    return bytes < this.#options.maxTotalBytes
  }

  #toSeat(flight: Flight, exchange: Exchange, role: Seat['role']): Seat {
    const { recording, machine } = flight
    const { clock, random } = this.#options
    const source = toPersonal(recording, exchange, {
      clock,
      random,
      role,
      sent: () => machine.runner,
    })
    return new FlightSeat({ flight, exchange, source, role, register: this })
  }

  /** One more seat in the same flight. */
  share(flight: Flight, exchange: Exchange): Seat {
    flight.machine.join(exchange)
    return this.#toSeat(flight, exchange, 'follower')
  }

  leave(flight: Flight, exchange: Exchange): void {
    flight.machine.leave(exchange)
    this.#forget(flight)
  }
}

/** What a seat is in, and whose it is. */
interface Taken extends Pick<Seat, 'source' | 'role'> {
  readonly flight: Flight
  readonly exchange: Exchange
  readonly register: FlightRegister
}

/**
 * A class for the sake of its getters: V8 makes each object literal that has some a shape of its own, which holds
 * their closures, and with them the flight, until the whole heap is gone through.
 */
class FlightSeat implements Seat {
  readonly source: FrameSource
  readonly role: Seat['role']
  readonly #taken: Taken

  constructor(taken: Taken) {
    this.source = taken.source
    this.role = taken.role
    this.#taken = taken
  }

  get queueDepth(): number {
    return this.role === 'leader' ? this.#taken.flight.depthAtEntry : 0
  }

  get times(): FlightTimes {
    return this.#taken.flight.times
  }

  ridden(): RiddenRun | undefined {
    const { flight, exchange } = this.#taken
    return this.role === 'follower' ? readRidden(flight, exchange) : undefined
  }

  share(other: Exchange): Seat {
    const { register, flight } = this.#taken
    return register.share(flight, other)
  }

  leave(): void {
    const { register, flight, exchange } = this.#taken
    register.leave(flight, exchange)
  }
}

/** The most tokens the run may produce, as it is sent. */
function readCap({ question }: Exchange): number | undefined {
  const cap = question && readOption(question.document, 'num_predict')
  return typeof cap === 'number' && cap > 0 ? cap : undefined
}

/** Programs on one machine have one address: what they call themselves tells them apart. */
function toClient({ request }: Exchange): string {
  const { 'user-agent': agent = '', authorization = '' } = request.headers
  return `${request.socket.remoteAddress ?? ''}\n${agent}\n${authorization}`
}
