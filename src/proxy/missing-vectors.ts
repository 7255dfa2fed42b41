import type { RefusalReason } from '../outcome.ts'
import type { Key } from '../store/store.ts'
import type { Batch } from './batch.ts'
import type { Exchange } from './exchange.ts'
import type { Flights, Seat } from './flights.ts'
import { joinSeats } from './joined-seats.ts'
import type { KnownVectors } from './known-vectors.ts'
import type { Texts, VectorResult, VectorRun, VectorRuns } from './vector-runs.ts'

/** What getting the missing vectors needs of the rest. */
export interface MissingVectorsOptions {
  readonly runs: VectorRuns
  readonly flights: Pick<Flights, 'refuse'>
  /** Texts of one call to the origin where a batch is split. */
  readonly maxBatch: number
}

/** A batch, and who wants it. */
export interface Wanted {
  readonly exchange: Exchange
  readonly batch: Batch
  readonly known: KnownVectors
  /** Asks the store for some of the texts; what it has is known from then on. */
  lookUp(keys: readonly Key[]): Promise<void>
  /** Called once where something is missing: whether the origin is to be asked for it. */
  mayAsk(): boolean
}

/** How the search for vectors ended. */
export type SearchEnd =
  /** All are known; who asked the origin for them, if anybody. */
  | { readonly kind: 'complete'; readonly role: 'known' | 'collapsed' | 'miss' }
  | { readonly kind: 'failed'; readonly result: Failure }
  | { readonly kind: 'refused'; readonly reason: RefusalReason }
  /** The client is gone. */
  | { readonly kind: 'left' }

type Failure = Exclude<VectorResult, { kind: 'vectors' }>

/** Gets vectors that are not known: from calls under way, else from calls of its own. */
export interface MissingVectors {
  /** Goes on until every text of the batch has its vector, or one cannot be had. */
  makeUp(wanted: Wanted): Promise<SearchEnd>
  /** Makes some of them anew, for whoever asks next; at most one call of them. */
  renew(exchange: Exchange, batch: Batch, keys: readonly Key[]): void
}

/** How often a client suffers the failure of somebody else's call before it asks for itself alone. */
const MAX_FOREIGN_FAILURES = 2

/** For one origin. */
export function createMissingVectors(options: MissingVectorsOptions): MissingVectors {
  const { runs, flights, maxBatch } = options
  return {
    makeUp: (wanted) => new Search(wanted, options).go(),
    renew(exchange, batch, keys) {
      const due = keys.filter((key) => runs.find(key) === undefined).slice(0, maxBatch)
      if (due.length === 0 || flights.refuse(exchange) !== undefined) return
      const { run, seat } = runs.start(exchange, batch, toTexts(batch, due))
      void run.result.then(() => seat.leave())
    },
  }
}

/** The search for the missing vectors of one batch. */
class Search {
  readonly #wanted: Wanted
  readonly #options: MissingVectorsOptions
  /** Calls of others that failed, perhaps because of texts that are none of ours. */
  readonly #shunned = new Set<VectorRun>()
  #role: 'known' | 'collapsed' | 'miss' = 'known'
  /** How many calls were over when the store was last asked. */
  #settled = Number.NaN
  /** Texts of one call; undefined before the first. */
  #callSize: number | undefined

  constructor(wanted: Wanted, options: MissingVectorsOptions) {
    this.#wanted = wanted
    this.#options = options
  }

  async go(): Promise<SearchEnd> {
    const { batch, lookUp, mayAsk } = this.#wanted
    this.#settled = this.#options.runs.settled
    await lookUp(batch.keys)
    if (this.#listMissing().length > 0 && !mayAsk()) return COMPLETE
    for (let missing = this.#listMissing(); missing.length > 0; missing = this.#listMissing()) {
      if (this.#wanted.exchange.response.destroyed) return { kind: 'left' }
      const end = await this.#advance(missing)
      if (end !== undefined) return end
    }
    return { kind: 'complete', role: this.#role }
  }

  #listMissing(): Key[] {
    const { known, batch } = this.#wanted
    return known.listMissing().map((index) => batch.keys[index] ?? '')
  }

  /** One call of its own at most, and all those of others that help. */
  async #advance(missing: readonly Key[]): Promise<SearchEnd | undefined> {
    const { runs, flights } = this.#options
    const followed = new Set(missing.flatMap((key) => this.#find(key) ?? []))
    const own = this.#cut(missing.filter((key) => this.#find(key) === undefined))
    if (own.length > 0 && this.#settled !== runs.settled) {
      // Calls have come to their end since the store was asked: what they made is not asked for again.
      this.#settled = runs.settled
      await this.#wanted.lookUp(own)
      return undefined
    }
    const refusal = own.length === 0 ? undefined : flights.refuse(this.#wanted.exchange)
    if (refusal !== undefined) return { kind: 'refused', reason: refusal }
    if (own.length > 0) this.#role = 'miss'
    else if (this.#role === 'known') this.#role = 'collapsed'
    return this.#wait(own, [...followed])
  }

  /**
   * The texts of the next call. Calls are kept short so that others have their turn between two of them; what
   * is less than two of them goes as one, since a second call costs its client more than it gives to others.
   */
  #cut(unasked: readonly Key[]): readonly Key[] {
    const { maxBatch } = this.#options
    this.#callSize ??= unasked.length < 2 * maxBatch ? 2 * maxBatch : maxBatch
    return unasked.slice(0, this.#callSize)
  }

  #find(key: Key): VectorRun | undefined {
    if (this.#shunned.size >= MAX_FOREIGN_FAILURES) return undefined
    const run = this.#options.runs.find(key)
    return run === undefined || this.#shunned.has(run) ? undefined : run
  }

  async #wait(own: readonly Key[], followed: readonly VectorRun[]): Promise<SearchEnd | undefined> {
    const { exchange, batch } = this.#wanted
    const { runs } = this.#options
    const started = own.length === 0 ? [] : [runs.start(exchange, batch, toTexts(batch, own))]
    const seats = [
      ...started.map(({ seat }) => seat),
      ...followed.map((run) => run.follow(exchange)),
    ]
    this.#hold(seats)
    for (const run of [...started.map((each) => each.run), ...followed]) {
      const result = await run.result
      if (result.kind === 'vectors') this.#wanted.known.takeResult(result)
      else if (this.#isForeign(run, result)) this.#shunned.add(run)
      else return { kind: 'failed', result }
    }
    return undefined
  }

  #hold(seats: readonly Seat[]): void {
    const { exchange } = this.#wanted
    const seat = joinSeats(exchange.seat, seats)
    if (seat !== undefined) exchange.seat = seat
  }

  /** Whether the origin's answer may be about a text that is none of ours: one bad text fails a whole call. */
  #isForeign({ keys }: VectorRun, failure: Failure): boolean {
    const own = new Set(this.#wanted.batch.keys)
    const isAnswer = failure.kind === 'odd' || failure.answer.head !== undefined
    return isAnswer && !keys.every((key) => own.has(key))
  }
}

const COMPLETE: SearchEnd = { kind: 'complete', role: 'known' }

function toTexts({ keys, inputs }: Batch, wanted: readonly Key[]): Texts {
  const chosen = new Set(wanted)
  const places = keys.flatMap((key, index) => (chosen.has(key) ? [index] : []))
  return {
    keys: places.flatMap((at) => keys.slice(at, at + 1)),
    inputs: places.flatMap((at) => inputs.distinct.slice(at, at + 1)),
  }
}
