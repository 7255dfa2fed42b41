import type { Clock } from '../clock.ts'
import { toFreshness } from '../http/freshness.ts'
import { decideReuse } from '../http/reuse-decision.ts'
import type { RefusalReason } from '../outcome.ts'
import type { Found, Key, Store } from '../store/store.ts'
import type { Batch } from './batch.ts'
import { summarize, toVectorSource } from './batch-answer.ts'
import type { Collected } from './collect.ts'
import type { Exchange, Mode, Step, StepName } from './exchange.ts'
import type { Flights } from './flights.ts'
import { joinSeats } from './joined-seats.ts'
import { toNotCached, toRefusal } from './refusal.ts'
import {
  createVectorRuns,
  type Texts,
  type VectorResult,
  type VectorRun,
  type VectorRuns,
  type VectorRunsOptions,
} from './vector-runs.ts'

/** What the step needs of the rest. */
export interface VectorsOptions extends VectorRunsOptions {
  readonly store: Pick<Store, 'get'>
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly flights: Flights
  readonly mode: Mode
  /** Texts of one call to the origin at most. */
  readonly maxBatch: number
  /** How long past its lifetime an entry may be given where the origin fails, in seconds. */
  readonly staleIfErrorSeconds: number
  /** How long past its lifetime an entry is given while a new one is made, in seconds; 0: never. */
  readonly staleWhileRevalidateSeconds: number
  /** When to ask again after a refusal, in whole seconds. */
  retryAfterSeconds(reason: RefusalReason): number
}

/** Answers texts with vectors: those that are known from the store, the others from the origin, each asked for once. */
export function createVectorsStep(options: VectorsOptions): Step {
  const runs = createVectorRuns(options)
  return (exchange) => {
    const { batch } = exchange
    if (batch === undefined) return 'join'
    return new Promise((resolve, reject) => {
      // A client that leaves meanwhile is noticed by the last step.
      exchange.reply.raw.once('close', () => resolve('deliver'))
      const work = new BatchWork(exchange, batch, options)
      work.answer(runs).then(resolve, reject)
    })
  }
}

/** One batch on its way from texts to an answer. */
class BatchWork {
  readonly #exchange: Exchange
  readonly #batch: Batch
  readonly #options: VectorsOptions
  readonly #vectors = new Map<Key, Buffer>()
  readonly #founds: Found[] = []
  /** Entries past their lifetime, given only where the origin fails. */
  readonly #stale = new Map<Key, Found>()
  /** Tokens of all texts, as long as all are told of. */
  #tokens: number | undefined = 0
  #durations = { total: 0, load: 0 }

  constructor(exchange: Exchange, batch: Batch, options: VectorsOptions) {
    this.#exchange = exchange
    this.#batch = batch
    this.#options = options
  }

  async answer(runs: VectorRuns): Promise<StepName> {
    await this.#lookUp()
    const missing = this.#listMissing()
    if (missing.length === 0) return this.#deliver('known')
    this.#exchange.outcome = { kind: 'miss', reason: 'absent' }
    if (this.#options.mode === 'offline') throw toNotCached('offline')
    if (this.#exchange.directives.onlyIfCached) throw toNotCached('only-if-cached')
    const failure = await this.#makeUp(runs, missing)
    if (failure === undefined) return this.#deliver('made')
    return this.#giveUp(failure)
  }

  async #lookUp(): Promise<void> {
    const { store } = this.#options
    for (const key of this.#batch.keys) {
      const found = await store.get(key)
      if (found !== undefined) this.#note(key, found)
    }
  }

  #note(key: Key, found: Found): void {
    const { frames, tokens } = found.entry
    const { directives } = this.#exchange
    const entry = toFreshness(found.entry, this.#options.clock.now())
    const decision = decideReuse({ ...this.#options, directives, entry })
    if (decision.kind !== 'serve' || this.#options.mode === 'observe') {
      if (decision.kind === 'forward' && decision.fallbackSeconds > 0) this.#stale.set(key, found)
      return
    }
    this.#vectors.set(key, Buffer.concat(frames))
    this.#founds.push(found)
    // Of one text of several the origin did not say how many tokens it has.
    this.#addTokens(tokens > 0 ? tokens : undefined)
  }

  #addTokens(tokens: number | undefined): void {
    const { order, distinct } = this.#batch.inputs
    // A repeated text counts each time it stands there, and nobody says how much of the sum it was.
    const isRepeated = order.length !== distinct.length
    const isKnown = this.#tokens !== undefined && tokens !== undefined && !isRepeated
    this.#tokens = isKnown ? (this.#tokens ?? 0) + (tokens ?? 0) : undefined
  }

  #listMissing(): number[] {
    const { keys } = this.#batch
    return keys.flatMap((key, index) => (this.#vectors.has(key) ? [] : [index]))
  }

  /** Gets what is missing, call by call; the first failure ends it. */
  async #makeUp(runs: VectorRuns, missing: readonly number[]): Promise<VectorResult | undefined> {
    let role: 'collapsed' | 'miss' = 'collapsed'
    let rest = [...missing]
    while (rest.length > 0) {
      const followed = rest.map((index) => runs.follow(this.#keyOf(index), this.#exchange))
      const own = rest.filter((_, place) => followed[place] === undefined)
      const part = own.slice(0, this.#options.maxBatch)
      if (part.length > 0) {
        this.#refuseWhereNeeded()
        role = 'miss'
      }
      const texts = this.#toTexts(part)
      const started = part.length > 0 ? [runs.start(this.#exchange, this.#batch, texts)] : []
      const failure = await this.#wait([...new Set([...started, ...followed.filter(isRun)])])
      if (failure !== undefined) return failure
      rest = this.#listMissing()
    }
    if (role === 'collapsed') this.#exchange.outcome = { kind: 'collapsed', reason: 'absent' }
    return undefined
  }

  #refuseWhereNeeded(): void {
    const reason = this.#options.flights.refuse(this.#exchange)
    if (reason !== undefined) throw toRefusal(reason, this.#options.retryAfterSeconds(reason))
  }

  #keyOf(index: number): Key {
    return this.#batch.keys[index] ?? ''
  }

  #toTexts(indexes: readonly number[]): Texts {
    const { distinct } = this.#batch.inputs
    return {
      keys: indexes.map((index) => this.#keyOf(index)),
      inputs: indexes.flatMap((index) => distinct.slice(index, index + 1)),
    }
  }

  async #wait(taken: readonly VectorRun[]): Promise<VectorResult | undefined> {
    const seat = joinSeats(
      this.#exchange.seat,
      taken.map((run) => run.seat),
    )
    if (seat !== undefined) this.#exchange.seat = seat
    let failure: VectorResult | undefined
    for (const result of await Promise.all(taken.map((run) => run.result))) {
      if (result.kind === 'vectors') this.#take(result)
      else failure ??= result
    }
    return failure
  }

  #take({ sliced, keys }: Extract<VectorResult, { kind: 'vectors' }>): void {
    for (const [place, key] of keys.entries()) {
      const vector = sliced.vectors[place]
      if (vector !== undefined) this.#vectors.set(key, vector)
    }
    this.#addTokens(sliced.tokens)
    this.#durations.total += sliced.totalDuration
    this.#durations.load += sliced.loadDuration
  }

  /** Where the origin fails: what is known but old, else the origin's own answer. */
  #giveUp(failure: VectorResult): StepName {
    if (failure.kind !== 'failed') {
      // What came is not understood: the request goes as it is, and nothing is kept.
      this.#exchange.seat?.leave()
      delete this.#exchange.batch
      return 'join'
    }
    const { answer } = failure
    if (this.#mayGiveStale(answer)) return this.#deliver('known')
    this.#exchange.source = {
      head: answer.head,
      end: answer.end,
      ...(answer.head && { prepared: { bytes: answer.body, framing: 'length' as const } }),
      open: () => ({ next: () => undefined, close() {} }),
    }
    return 'deliver'
  }

  /** Whether what is missing is there, though past its lifetime, and the origin has no answer. */
  #mayGiveStale({ head }: Collected): boolean {
    if (head !== undefined && head.status < 500) return false
    const missing = this.#listMissing().map((index) => this.#keyOf(index))
    const now = this.#options.clock.now()
    const reach = this.#options.staleIfErrorSeconds * 1000
    const old = missing.map((key) => this.#stale.get(key))
    if (!old.every((found) => found !== undefined && now - found.entry.expiresAt < reach))
      return false
    for (const [place, key] of missing.entries()) {
      const found = old[place]
      if (found === undefined) continue
      this.#vectors.set(key, Buffer.concat(found.entry.frames))
      this.#founds.push(found)
    }
    return true
  }

  #deliver(how: 'known' | 'made'): StepName {
    const { clock } = this.#options
    const { question, timings } = this.#exchange
    const ownDuration = Math.ceil((clock.monotonic() - timings.startedAt) * 1e6)
    this.#exchange.source = toVectorSource(this.#batch, this.#vectors, {
      model: question?.reading.model ?? '',
      tokens: this.#tokens,
      totalDuration: how === 'made' ? this.#durations.total : ownDuration,
      loadDuration: this.#durations.load,
    })
    if (how === 'known') Object.assign(this.#exchange, summarize(this.#founds, clock.now()))
    return 'deliver'
  }
}

function isRun(run: VectorRun | undefined): run is VectorRun {
  return run !== undefined
}
