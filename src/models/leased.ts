import type { Clock } from '../clock.ts'
import { createDateTemplates, type DateTemplates, type OriginPlace } from './date-templates.ts'
import type { Kept } from './kept-table.ts'
import { createLabels } from './labels.ts'
import { matchIn, type Reading, toReading } from './matching.ts'
import type { ModelRegistry } from './registry.ts'
import type { Resolution } from './resolution.ts'

/** A table that may be resolved from for a while, by a process that does not ask the origin itself. */
export interface Lease {
  readonly kept: Kept
  /** From the instant on at which it was asked for, in ms: it is then no older than where it is from. */
  readonly validForMs: number
}

/** Name → digest, out of a leased table. Nothing is known without one, and no name is waited for. */
export interface LeasedRegistry extends Pick<ModelRegistry, 'label' | 'snapshot'> {
  resolve(name: string): Resolution
  /** The lease is void, and so is one that has been asked for and not come yet. */
  forget(): void
}

/** What it needs of the rest. */
export interface LeasedOptions {
  readonly clock: Clock
  readonly place: OriginPlace
  /** Asks for a lease; undefined where there is none to be had. */
  ask(): Promise<Lease | undefined>
}

/** Starts without a lease, and asks for one when a name is. */
export function createLeasedRegistry(options: LeasedOptions): LeasedRegistry {
  return new Lessee(options)
}

class Lessee implements LeasedRegistry {
  readonly #options: LeasedOptions
  readonly #labels = createLabels()
  #reading: Reading | undefined
  #dates: DateTemplates
  /** Monotonic instants, in ms: a new lease is asked for from the first on, the last is the end of this one. */
  #renewAt = Number.NEGATIVE_INFINITY
  #endsAt = Number.NEGATIVE_INFINITY
  #asked: Promise<void> | undefined

  constructor(options: LeasedOptions) {
    this.#options = options
    this.#dates = this.#toDates({})
  }

  resolve(name: string): Resolution {
    const { clock } = this.#options
    const now = clock.monotonic()
    if (now >= this.#renewAt) this.#asked ??= this.#ask(now)
    if (this.#reading === undefined || now >= this.#endsAt) return { kind: 'unavailable' }
    return matchIn(this.#reading, this.#dates, name, clock)
  }

  forget(): void {
    this.#asked = undefined
    this.#renewAt = Number.NEGATIVE_INFINITY
    this.#endsAt = Number.NEGATIVE_INFINITY
  }

  label(name: string): string {
    const match = this.#reading?.names.match(name)
    return this.#labels.toLabel(match?.kind === 'listed' ? match.model.name : undefined)
  }

  snapshot() {
    const table = this.#reading?.table
    const models = table?.models ?? []
    return { version: table?.version, answering: table !== undefined, models }
  }

  /** A lease counts from when it was asked for: what the answer took on its way is not added to it. */
  #ask(askedAt: number): Promise<void> {
    const asked = this.#options.ask().then((lease) => {
      if (this.#asked !== asked) return
      this.#asked = undefined
      if (lease !== undefined) this.#take(lease, askedAt)
    })
    return asked
  }

  #take({ kept, validForMs }: Lease, askedAt: number): void {
    this.#reading = toReading(kept.table)
    this.#dates = this.#toDates(kept.dates)
    this.#endsAt = askedAt + validForMs
    this.#renewAt = askedAt + validForMs / 2
  }

  #toDates(known: Readonly<Record<string, boolean>>): DateTemplates {
    // Templates are looked into where the lease is from.
    const ask = async () => ({ status: 0, body: Buffer.alloc(0) })
    return createDateTemplates(ask, this.#options.place, known)
  }
}
