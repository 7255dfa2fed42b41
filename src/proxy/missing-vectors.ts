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
  /** Asks the store for some of the texts, by their places; what it has is seen from then on. */
  lookUp(places: readonly number[]): Promise<void>
  /** Called once where something is missing: whether the origin is to be asked for it. */
  mayAsk(): Promise<boolean>
  /** Makes ready what can be without what is missing: called while the origin works. */
  prepare(): Promise<void>
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
      const places = due.map((key) => batch.keys.indexOf(key))
      const { run, seat } = runs.start(exchange, batch, toTexts(batch, places))
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
  /** Whether the origin may be asked for what is missing. */
  #isAllowed = false
  /** How many calls were over when the store was last asked. */
  #settled = Number.NaN
  /** Texts of one call; undefined before the first. */
  #callSize: number | undefined

  constructor(wanted: Wanted, options: MissingVectorsOptions) {
    this.#wanted = wanted
    this.#options = options
  }

  async go(): Promise<SearchEnd> {
    const { batch, lookUp, known } = this.#wanted
    this.#settled = this.#options.runs.settled()
    await lookUp([...batch.keys.keys()])
    for (;;) {
      const missing = known.listMissing()
      if (missing.length === 0) {
        if (known.listSeen().length === 0) return { kind: 'complete', role: this.#role }
        // Of what was seen something may turn out to be missing.
        await this.#wanted.prepare()
        continue
      }
      if (this.#wanted.exchange.response.destroyed) return { kind: 'left' }
      if (!(await this.#mayAsk())) return COMPLETE
      const end = await this.#advance(missing)
      if (end !== undefined) return end
    }
  }

  async #mayAsk(): Promise<boolean> {
    if (this.#isAllowed) return true
    this.#isAllowed = await this.#wanted.mayAsk()
    return this.#isAllowed
  }

  /** One call of its own at most, and all those of others that help. */
  async #advance(missing: readonly number[]): Promise<SearchEnd | undefined> {
    const { runs, flights } = this.#options
    const followed = new Set(missing.flatMap((place) => this.#find(place) ?? []))
    const own = this.#cut(missing.filter((place) => this.#find(place) === undefined))
    if (own.length > 0 && this.#settled !== runs.settled()) {
      // Calls have come to their end since the store was asked: what they made is not asked for again.
      this.#settled = runs.settled()
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
  #cut(unasked: readonly number[]): readonly number[] {
    const { maxBatch } = this.#options
    this.#callSize ??= unasked.length < 2 * maxBatch ? 2 * maxBatch : maxBatch
    return unasked.slice(0, this.#callSize)
  }

  #find(place: number): VectorRun | undefined {
    if (this.#shunned.size >= MAX_FOREIGN_FAILURES) return undefined
    const run = this.#options.runs.find(this.#wanted.batch.keys[place] ?? '')
    return run === undefined || this.#shunned.has(run) ? undefined : run
  }

  async #wait(
    own: readonly number[],
    followed: readonly VectorRun[],
  ): Promise<SearchEnd | undefined> {
    const { exchange, batch } = this.#wanted
    const { runs } = this.#options
    const started = own.length === 0 ? [] : [runs.start(exchange, batch, toTexts(batch, own))]
    const seats = [
      ...started.map(({ seat }) => seat),
      ...followed.map((run) => run.follow(exchange)),
    ]
    this.#hold(seats)
    const prepared = this.#wanted.prepare()
    try {
      return await this.#take([...started.map((each) => each.run), ...followed])
    } finally {
      await prepared
    }
  }

  async #take(awaited: readonly VectorRun[]): Promise<SearchEnd | undefined> {
    for (const run of awaited) {
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

function toTexts({ keys, inputs }: Batch, places: readonly number[]): Texts {
  return {
    keys: places.map((place) => keys[place] ?? ''),
    inputs: places.flatMap((place) => inputs.distinct[place] ?? []),
  }
}
