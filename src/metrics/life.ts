import type { Clock, Timer } from '../clock.ts'
import { Check, Type } from '../json-schema.ts'
import { toWord } from './observation.ts'
import type { OutcomeCounts } from './observe.ts'
import { addSavings, type ObservedGroup, type Savings } from './observed-group.ts'

/** What would have been answered from the cache (mode `observe`), and how often the origin then said the same. */
export interface ObservedSums extends Savings {
  readonly same: number
  readonly different: number
}

/** What is added up over the life of a cache. */
export interface LifeSums {
  /** Since when, in ms since the epoch. */
  readonly sinceAt: number
  readonly requests: OutcomeCounts
  readonly saved: Savings
  readonly observed: ObservedSums
}

/** Totals that outlive the process: restarts, and a kill but for its last two seconds. */
export interface Life {
  note(group: ObservedGroup): void
  /** An answer of the origin was compared with the entry that would have been given. */
  noteVerdict(verdict: 'same' | 'different'): void
  /** Since the cache was begun, or the last reset. */
  totals(): LifeSums
  /** Since this process began, or the last reset. */
  own(): LifeSums
  /** Begins again from nothing, in the database too. */
  reset(): void
  /** Writes down what is not written yet. */
  flush(): void
}

/** A text beside the entries of the database. */
export interface LifeNote {
  read(): string | undefined
  write(text: string): void
}

/** What it needs of the rest. */
export interface LifeOptions {
  readonly clock: Pick<Clock, 'now' | 'startTimer'>
  /** A text that survives a restart; undefined where nothing does: then nothing is written. */
  readonly note: LifeNote | undefined
  /** Tells this process from every other that writes to the same database, one after the other. */
  readonly writer: string
}

/** What is not written down for so long is lost by a kill, in ms. An idle server writes nothing. */
const WRITE_AFTER_MS = 2_000

/** Goes on from what the database says. */
export function createLife(options: LifeOptions): Life {
  return new WrittenLife(options)
}

type Writable<T> = { -readonly [K in keyof T]: T[K] extends number ? number : Writable<T[K]> }

class WrittenLife implements Life {
  readonly #options: LifeOptions
  /** What earlier processes have added up. */
  #before: LifeSums | undefined
  #own: Writable<LifeSums>
  #timer: Timer | undefined
  #mayGoOn = true

  constructor(options: LifeOptions) {
    this.#options = options
    this.#own = toNothing(options.clock.now())
    this.#goOn()
  }

  note({ form, length, saved, avoidable }: ObservedGroup): void {
    this.#own.requests[toWord(form.outcome)] += length
    addSavings(this.#own.saved, saved)
    addSavings(this.#own.observed, avoidable)
    this.#writeSoon()
  }

  noteVerdict(verdict: 'same' | 'different'): void {
    this.#own.observed[verdict] += 1
    this.#writeSoon()
  }

  totals(): LifeSums {
    return this.#before === undefined ? this.own() : toSum(this.#before, this.#own)
  }

  own(): LifeSums {
    return structuredClone(this.#own)
  }

  reset(): void {
    this.#before = undefined
    this.#mayGoOn = false
    this.#own = toNothing(this.#options.clock.now())
    this.#write()
  }

  flush(): void {
    if (this.#timer !== undefined) this.#write()
  }

  #writeSoon(): void {
    const { clock, note } = this.#options
    if (note === undefined) return
    this.#timer ??= clock.startTimer(WRITE_AFTER_MS, () => this.#write())
  }

  #write(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#goOn()
    try {
      const { note, writer } = this.#options
      note?.write(JSON.stringify({ writer, ...this.totals() }))
    } catch {
      // The store counts its own faults; the next write has these numbers too.
    }
  }

  /**
   * Takes what somebody else has written for the beginning. Read before each write, because a database that
   * another process held at the start may have become ours since.
   */
  #goOn(): void {
    if (!this.#mayGoOn) return
    const written = readWritten(this.#options.note)
    if (written === undefined || written.writer === this.#options.writer) return
    this.#before = written
  }
}

const COUNT = Type.Integer({ minimum: 0 })
/** The shape of requests counted by their outcome. */
export const REQUEST_COUNTS = {
  hit: COUNT,
  stale: COUNT,
  miss: COUNT,
  collapsed: COUNT,
  bypass: COUNT,
  error: COUNT,
}
const SAVINGS = { seconds: Type.Number({ minimum: 0 }), tokens: COUNT, generations: COUNT }

/** The note as it is written. One that looks otherwise is as good as none. */
const WRITTEN = Type.Object({
  writer: Type.String(),
  sinceAt: COUNT,
  requests: Type.Object(REQUEST_COUNTS),
  saved: Type.Object(SAVINGS),
  observed: Type.Object({ ...SAVINGS, same: COUNT, different: COUNT }),
})

function readWritten(note: LifeNote | undefined): (LifeSums & { writer: string }) | undefined {
  try {
    const written: unknown = JSON.parse(note?.read() ?? 'null')
    return Check(WRITTEN, written) ? written : undefined
  } catch {
    return undefined
  }
}

function toNothing(sinceAt: number): Writable<LifeSums> {
  const saved = { seconds: 0, tokens: 0, generations: 0 }
  return {
    sinceAt,
    requests: { hit: 0, stale: 0, miss: 0, collapsed: 0, bypass: 0, error: 0 },
    saved,
    observed: { ...saved, same: 0, different: 0 },
  }
}

function toSum(before: LifeSums, own: LifeSums): LifeSums {
  return {
    sinceAt: Math.min(before.sinceAt, own.sinceAt),
    requests: sumOf(before.requests, own.requests),
    saved: sumOf(before.saved, own.saved),
    observed: sumOf(before.observed, own.observed),
  }
}

function sumOf<T extends object>(one: T, other: T): T {
  const names = Object.keys(other) as (keyof T)[]
  return Object.fromEntries(
    names.map((name) => [name, Number(one[name]) + Number(other[name])]),
  ) as T
}
