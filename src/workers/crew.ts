import cluster from 'node:cluster'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../clock.ts'
import { type Member, type MemberListener, startMember } from './member.ts'
import type { Begin, PublicAddress, ToPrimary, ToWorker } from './messages.ts'

/** All workers together. */
export interface Crew {
  /** Begins so many; resolves when all listen, and rejects with the system's error where one cannot. */
  start(count: number): Promise<PublicAddress>
  tellAll(message: ToWorker): void
  /** Resolves when none of them has not done it, those that ended meanwhile left out. */
  askAll(make: (ticket: number) => ToWorker): Promise<void>
  /** Lets them end what they do; resolves when they are gone. */
  drain(): Promise<void>
}

/** What it needs of the rest. */
export interface CrewOptions {
  readonly clock: Clock
  /** What a worker is told when it begins; `port` is to be asked for instead of the configured one. */
  toBegin(number: number, port: number | undefined): Begin
  hear(member: Member, message: ToPrimary): void
  onLines(text: string): void
  /** A worker has ended unasked; another takes its place. */
  onLost(member: Member): void
  onStarted(member: Member): void
}

/** One level up from `src` as from `dist`: workers run what was built. */
const ENTRY = fileURLToPath(new URL('../../dist/workers/entry.js', import.meta.url))

/** One that did not live so long is replaced after as long a pause, in ms. */
const SHORT_LIFE_MS = 1_000

/** Answers may go on for 25 s; a worker that is still there after so many ms is ended. */
const DRAIN_LIMIT_MS = 28_000

/** One that has nothing more to do ends within so many ms, or is ended. */
const END_LIMIT_MS = 3_000

/** A ticket that is nobody's. */
const NOBODY_WAITS = 0

/** Starts with none. */
export function createCrew(options: CrewOptions): Crew {
  return new ClusterCrew(options)
}

class ClusterCrew implements Crew {
  readonly #options: CrewOptions
  readonly #members = new Set<Member>()
  /** Those that listen. */
  readonly #answering = new WeakSet<Member>()
  /** Where all listen, once that is known. */
  #port: number | undefined
  /** What workers ask for; undefined: what is configured. */
  #asked: number | undefined
  #isDraining = false

  constructor(options: CrewOptions) {
    this.#options = options
  }

  async start(count: number): Promise<PublicAddress> {
    // Connections are dealt out in turn: the system's own choice leaves some workers without any. Said before all else, or not heard.
    cluster.schedulingPolicy = cluster.SCHED_RR
    cluster.setupPrimary({ exec: ENTRY, args: [], silent: true, serialization: 'advanced' })
    try {
      const [first, ...others] = Array.from({ length: count }, (_, index) => this.#begin(index + 1))
      // Where the first one cannot listen, neither can they: once is enough to be told.
      for (const other of others) other.catch(() => {})
      const address = await (first ?? this.#begin(1))
      this.#port = address.port
      await Promise.all(others)
      return address
    } catch (error) {
      await this.drain()
      throw error
    }
  }

  tellAll(message: ToWorker): void {
    for (const member of this.#members) member.send(message)
  }

  async askAll(make: (ticket: number) => ToWorker): Promise<void> {
    await Promise.all(
      Array.from(this.#members, (member) => {
        if (this.#answering.has(member)) return member.ask(make)
        // One that still begins has answered nobody, and knows nothing yet.
        member.send(make(NOBODY_WAITS))
        return undefined
      }),
    )
  }

  async drain(): Promise<void> {
    this.#isDraining = true
    const members = [...this.#members]
    const order = (ticket: number): ToWorker => ({ kind: 'drain', ticket })
    await Promise.all(members.map((member) => member.ask(order, DRAIN_LIMIT_MS)))
    this.tellAll({ kind: 'end' })
    const limit = this.#options.clock.startTimer(END_LIMIT_MS, () => {
      for (const member of members) member.kill()
    })
    await Promise.all(members.map(({ gone }) => gone))
    limit.cancel()
  }

  /** Resolves when it listens. */
  #begin(number: number): Promise<PublicAddress> {
    return new Promise((resolve, reject) => {
      const { clock, onLines } = this.#options
      const listener: MemberListener = {
        onLines,
        hear: (from, message) => {
          if (message.kind === 'up') from.send(this.#toBeginning(number))
          else if (message.kind === 'listening') {
            if (!this.#isOurPort(message.address)) return from.kill()
            this.#answering.add(from)
            this.#options.onStarted(from)
            resolve(message.address)
          } else if (message.kind === 'refused') reject(toSystemError(message))
          else this.#options.hear(from, message)
        },
      }
      const member = startMember(number, clock, listener)
      this.#members.add(member)
      void member.gone.then(() => {
        this.#lose(member)
        reject(toSystemError({ code: 'ECHILD', message: `worker ${number} ended at its start` }))
      })
    })
  }

  /**
   * Workers share the port that was asked for in the same words: a free one (0) is the same for all as long as
   * one of them has it. After that the one it was is asked for by its number.
   */
  #toBeginning(number: number): ToWorker {
    if (![...this.#members].some((member) => this.#answering.has(member))) this.#asked = this.#port
    return { kind: 'begin', begin: this.#options.toBegin(number, this.#asked) }
  }

  /** The last one that had it may have ended in the same moment. */
  #isOurPort({ port }: PublicAddress): boolean {
    return this.#port === undefined || port === this.#port
  }

  /** While the server starts nobody is replaced: it does not start at all then. */
  #lose(member: Member): void {
    this.#members.delete(member)
    if (this.#isDraining || this.#port === undefined) return
    const { clock, onLost } = this.#options
    onLost(member)
    const livedMs = clock.monotonic() - member.begunAt
    const again = (): void => {
      if (!this.#isDraining) void this.#begin(member.number).catch(() => {})
    }
    if (livedMs > SHORT_LIFE_MS) again()
    else clock.startTimer(SHORT_LIFE_MS, again)
  }
}

/** An error of the system that another process met. */
function toSystemError({ code, message }: { code: string; message: string }): Error {
  return Object.assign(new Error(message), { code })
}
