import { type Clock, nextTurn } from '../clock.ts'
import { type Lifespan, toFreshness } from '../http/freshness.ts'
import { decideReuse, type ReuseDecision } from '../http/reuse-decision.ts'
import type { MissReason } from '../outcome.ts'
import type { Awaitable, Found, Key, Sight, Store } from '../store/store.ts'
import type { Batch } from './batch.ts'
import type { Exchange, Mode } from './exchange.ts'
import type { KnownVectors } from './known-vectors.ts'

/** What looking texts up needs of the rest. */
export interface StoredTextsOptions {
  readonly store: Pick<Store, 'get' | 'survey' | 'touch'>
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly mode: Mode
  /** How long past its lifetime an entry may be given where the origin fails, in seconds. */
  readonly staleIfErrorSeconds: number
  /** How long past its lifetime an entry is given while a new one is made, in seconds; 0: never. */
  readonly staleWhileRevalidateSeconds: number
}

/** An entry that may not be given now. */
export interface Withheld {
  readonly sight: Exclude<Sight, undefined>
  readonly reason: MissReason
  /** For how many more seconds it may be given where the origin fails. */
  readonly fallbackSeconds: number
  /** Whether it would be given, did this mode (`observe`) give anything. */
  readonly isWouldBe: boolean
}

/** What the store has of one batch. Texts go by their places among the distinct ones. */
export interface StoredTexts {
  /** Asks what there is of some texts; what may be given is seen from then on. */
  lookUp(places: readonly number[]): Promise<void>
  /** Takes what was seen, and reads it where it is not at hand. What turns out not to be there, or damaged, is missing from then on. */
  read(): Promise<void>
  /** What there is of a text that may not be given now. */
  findWithheld(place: number): Withheld | undefined
  /** Takes all of these from what was withheld, where all of it is there and may be given. */
  takeWithheld(places: readonly number[], mayGive: (each: Withheld) => boolean): Promise<boolean>
  /** What all texts would have cost that mode `observe` withholds, in ms; undefined where one would not have been given. */
  readWouldBeMs(): Promise<number | undefined>
  /** Those that are given past their lifetime, and are to be made anew. */
  readonly due: readonly Key[]
  /** Counts the uses of what was given out of memory: there is time for that when the answer is out. */
  countUses(): void
}

/** So many texts are looked up at once, and others have their turn before the next: 1 ms of them in the database. */
const SLICE_TEXTS = 256
/** For so long vectors are read in one turn of the loop, in ms. */
const SLICE_MS = 5

/** For one batch; what is found goes to `known`. */
export function createStoredTexts(
  { directives }: Exchange,
  { keys }: Batch,
  known: KnownVectors,
  options: StoredTextsOptions,
): StoredTexts {
  return new BatchTexts(directives, keys, known, options)
}

class BatchTexts implements StoredTexts {
  readonly due: Key[] = []
  readonly #directives: Exchange['directives']
  readonly #keys: readonly Key[]
  readonly #known: KnownVectors
  readonly #options: StoredTextsOptions
  readonly #withheld = new Map<number, Withheld>()
  /** Entries that came with their sight, until they are taken: there is time for that while the origin works. */
  readonly #atHand = new Map<number, Found>()
  #used: Key[] = []

  constructor(
    directives: Exchange['directives'],
    keys: readonly Key[],
    known: KnownVectors,
    options: StoredTextsOptions,
  ) {
    this.#directives = directives
    this.#keys = keys
    this.#known = known
    this.#options = options
  }

  async lookUp(places: readonly number[]): Promise<void> {
    const { store, clock } = this.#options
    let startedAt = clock.monotonic()
    for (let from = 0; from < places.length; from += SLICE_TEXTS) {
      if (clock.monotonic() - startedAt > SLICE_MS) {
        await nextTurn()
        startedAt = clock.monotonic()
      }
      const slice = places.slice(from, from + SLICE_TEXTS)
      const asked = store.survey(slice.map((place) => this.#keyOf(place)))
      const sights = asked instanceof Promise ? await asked : asked
      this.#noteAll(slice, sights)
    }
  }

  async read(): Promise<void> {
    const { clock } = this.#options
    let startedAt = clock.monotonic()
    for (const place of this.#known.listSeen()) {
      const asked = this.#readOne(place)
      const found = asked instanceof Promise ? await asked : asked
      if (found === undefined) this.#known.loseSight(place)
      else this.#known.takeEntry(place, found)
      if (clock.monotonic() - startedAt < SLICE_MS) continue
      // Read from disk and inflated, a thousand vectors take some 40 ms: others have their turn between them.
      await nextTurn()
      startedAt = clock.monotonic()
    }
  }

  findWithheld(place: number): Withheld | undefined {
    return this.#withheld.get(place)
  }

  async takeWithheld(
    places: readonly number[],
    mayGive: (each: Withheld) => boolean,
  ): Promise<boolean> {
    const old = places.flatMap((place) => this.#withheld.get(place) ?? [])
    if (old.length < places.length || !old.every(mayGive)) return false
    for (const place of places) {
      const sight = this.#withheld.get(place)?.sight
      if (sight !== undefined) this.#give(place, sight)
    }
    await this.read()
    return this.#known.listMissing().length === 0
  }

  async readWouldBeMs(): Promise<number | undefined> {
    const known = [...this.#withheld.entries()].filter(([, { isWouldBe }]) => isWouldBe)
    if (known.length < this.#keys.length) return undefined
    let costMs = 0
    for (const [place, { sight }] of known) {
      const found = 'entry' in sight ? sight : await this.#options.store.get(this.#keyOf(place))
      if (found === undefined) return undefined
      costMs += found.entry.costMs
    }
    return costMs
  }

  countUses(): void {
    const used = this.#used
    this.#used = []
    for (const key of used) this.#options.store.touch(key)
  }

  #readOne(place: number): Awaitable<Found | undefined> {
    const key = this.#keyOf(place)
    const found = this.#atHand.get(place)
    if (found === undefined) return this.#options.store.get(key)
    this.#atHand.delete(place)
    this.#used.push(key)
    return found
  }

  #keyOf(place: number): Key {
    return this.#keys[place] ?? ''
  }

  #noteAll(places: readonly number[], sights: readonly Sight[]): void {
    const now = this.#options.clock.now()
    for (const [index, place] of places.entries()) {
      const sight = sights[index]
      if (sight !== undefined) this.#note(place, sight, now)
    }
  }

  #note(place: number, sight: Exclude<Sight, undefined>, now: number): void {
    const decision = this.#decide('entry' in sight ? sight.entry : sight, now)
    if (decision.kind !== 'serve' || this.#options.mode === 'observe') {
      const isWouldBe = decision.kind === 'serve'
      this.#withheld.set(place, { sight, ...toReasons(decision), isWouldBe })
      return
    }
    if (decision.refresh === 'background') this.due.push(this.#keyOf(place))
    this.#give(place, sight)
  }

  #give(place: number, sight: Exclude<Sight, undefined>): void {
    this.#known.see(place)
    if ('entry' in sight) this.#atHand.set(place, sight)
  }

  #decide(lifespan: Lifespan, now: number): ReuseDecision {
    const { staleIfErrorSeconds, staleWhileRevalidateSeconds } = this.#options
    return decideReuse({
      directives: this.#directives,
      entry: toFreshness(lifespan, now),
      staleIfErrorSeconds,
      staleWhileRevalidateSeconds,
    })
  }
}

function toReasons(decision: ReuseDecision): Omit<Withheld, 'sight' | 'isWouldBe'> {
  if (decision.kind !== 'forward') return { reason: 'expired', fallbackSeconds: 0 }
  const { reason, fallbackSeconds } = decision
  return { reason: reason === 'request' ? 'request' : 'expired', fallbackSeconds }
}
