import { type Clock, nextTurn } from '../clock.ts'
import { toFreshness } from '../http/freshness.ts'
import { decideReuse, type ReuseDecision } from '../http/reuse-decision.ts'
import type { MissReason, RefusalReason, StaleForward } from '../outcome.ts'
import type { Found, Key, Store } from '../store/store.ts'
import type { Batch } from './batch.ts'
import { summarize, toFailedSource, toVectorSource } from './batch-answer.ts'
import type { Exchange, Mode, Step, StepName } from './exchange.ts'
import type { Flights } from './flights.ts'
import { createKnownVectors, type KnownVectors } from './known-vectors.ts'
import { createMissingVectors, type MissingVectors } from './missing-vectors.ts'
import { toNotCached, toRefusal } from './refusal.ts'
import { findFailure } from './stale.ts'
import { createVectorRuns, type VectorResult, type VectorRunsOptions } from './vector-runs.ts'

/** What the step needs of the rest. */
export interface VectorsOptions extends VectorRunsOptions {
  readonly store: Pick<Store, 'get'>
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'startTimer'>
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
  const missing = createMissingVectors({ ...options, runs: createVectorRuns(options) })
  return (exchange) => {
    const { batch } = exchange
    if (batch === undefined) return 'join'
    return new Promise((resolve, reject) => {
      // A client that leaves meanwhile is noticed by the last step.
      exchange.response.once('close', () => resolve('deliver'))
      new BatchWork(exchange, batch, options).answer(missing).then(resolve, reject)
    })
  }
}

/** An entry that may not be given now. */
interface Withheld {
  readonly found: Found
  readonly reason: MissReason
  /** For how many more seconds it may be given where the origin fails. */
  readonly fallbackSeconds: number
  /** Whether it would be given, did this mode (`observe`) give anything. */
  readonly isWouldBe: boolean
}

/** For so long texts are looked up in one turn of the loop, in ms. */
const SLICE_MS = 5

/** One batch on its way from texts to an answer. */
class BatchWork {
  readonly #exchange: Exchange
  readonly #batch: Batch
  readonly #options: VectorsOptions
  readonly #known: KnownVectors
  readonly #withheld = new Map<Key, Withheld>()
  /** Those that are given past their lifetime, and are to be made anew. */
  readonly #due: Key[] = []

  constructor(exchange: Exchange, batch: Batch, options: VectorsOptions) {
    this.#exchange = exchange
    this.#batch = batch
    this.#options = options
    this.#known = createKnownVectors(batch)
  }

  async answer(missing: MissingVectors): Promise<StepName> {
    const lookUp = (keys: readonly Key[]) => this.#lookUp(keys)
    const end = await missing.makeUp({
      exchange: this.#exchange,
      batch: this.#batch,
      known: this.#known,
      lookUp,
      mayAsk: () => this.#mayAsk(),
    })
    switch (end.kind) {
      case 'left':
        return 'deliver'
      case 'refused':
        return this.#giveStale({ kind: 'none' }) ?? this.#refuse(end.reason)
      case 'failed':
        return this.#giveUp(end.result)
      case 'complete': {
        if (end.role !== 'known') return this.#deliverMade(end.role)
        missing.renew(this.#exchange, this.#batch, this.#due)
        return this.#deliverKnown({ kind: 'none' })
      }
    }
  }

  async #lookUp(keys: readonly Key[]): Promise<void> {
    const { store, clock } = this.#options
    let startedAt = clock.monotonic()
    for (const key of keys) {
      const asked = store.get(key)
      // A thousand texts in memory are a thousand turns of the queue otherwise.
      const found = asked instanceof Promise ? await asked : asked
      if (found !== undefined) this.#note(key, found)
      if (clock.monotonic() - startedAt < SLICE_MS) continue
      // Read from disk and inflated, a thousand vectors take some 60 ms: others have their turn between them.
      await nextTurn()
      startedAt = clock.monotonic()
    }
  }

  #note(key: Key, found: Found): void {
    const { staleIfErrorSeconds, staleWhileRevalidateSeconds } = this.#options
    const { directives } = this.#exchange
    const entry = toFreshness(found.entry, this.#options.clock.now())
    const rules = { directives, staleIfErrorSeconds, staleWhileRevalidateSeconds }
    const decision = decideReuse({ ...rules, entry })
    const isGiven = decision.kind === 'serve' && this.#options.mode !== 'observe'
    if (!isGiven) {
      const isWouldBe = decision.kind === 'serve'
      this.#withheld.set(key, { found, ...toReasons(decision), isWouldBe })
      return
    }
    this.#known.takeEntry(key, found)
    if (decision.refresh === 'background') this.#due.push(key)
  }

  /** Something is missing: says why, and whether the origin is to be asked. Throws where it must not be. */
  #mayAsk(): boolean {
    const { directives } = this.#exchange
    this.#exchange.outcome = { kind: 'miss', reason: this.#toMissReason() }
    if (directives.onlyIfCached) throw toNotCached('only-if-cached')
    if (this.#options.mode === 'observe') this.#noteWouldBe()
    if (this.#options.mode !== 'offline') return true
    // Without an origin there is no better answer, however old this one is.
    if (this.#takeWithheld(() => true)) return false
    throw toNotCached('offline')
  }

  /** All of it is known, and would have been given. */
  #noteWouldBe(): void {
    const { keys } = this.#batch
    const known = keys.flatMap((key) => this.#withheld.get(key) ?? [])
    if (known.length < keys.length || !known.every(({ isWouldBe }) => isWouldBe)) return
    const costMs = known.reduce((total, { found }) => total + found.entry.costMs, 0)
    this.#exchange.avoidable = { costMs, tokens: 0 }
  }

  #toMissReason(): MissReason {
    const reasons = this.#listMissing().map((key) => this.#withheld.get(key)?.reason ?? 'absent')
    if (reasons.includes('absent')) return 'absent'
    return reasons.includes('expired') ? 'expired' : 'request'
  }

  #listMissing(): Key[] {
    return this.#known.listMissing().map((index) => this.#batch.keys[index] ?? '')
  }

  /** Takes what is missing from what was withheld, where all of it is there and may be given. */
  #takeWithheld(mayGive: (each: Withheld) => boolean): boolean {
    const missing = this.#listMissing()
    const old = missing.flatMap((key) => this.#withheld.get(key) ?? [])
    if (old.length < missing.length || !old.every(mayGive)) return false
    for (const { found } of old) this.#known.takeEntry(found.entry.key, found)
    return true
  }

  /** Where the origin fails: what is known but old, else its own answer. */
  #giveUp(result: Exclude<VectorResult, { kind: 'vectors' }>): StepName {
    if (result.kind === 'odd') {
      // What came is not understood: the request goes as it is, and nothing is kept.
      this.#exchange.seat?.leave()
      delete this.#exchange.batch
      return 'join'
    }
    const forward = findFailure(result.answer)
    const stale = forward && this.#giveStale(forward)
    if (stale !== undefined) return stale
    this.#exchange.source = toFailedSource(this.#batch, result.answer, this.#model)
    return 'deliver'
  }

  #giveStale(forward: StaleForward): StepName | undefined {
    const isTaken = this.#takeWithheld(({ fallbackSeconds }) => fallbackSeconds > 0)
    return isTaken ? this.#deliverKnown(forward) : undefined
  }

  #refuse(reason: RefusalReason): never {
    throw toRefusal(reason, this.#options.retryAfterSeconds(reason))
  }

  /** All of it, or what was missing of it, is from the store. */
  #deliverKnown(forward: StaleForward): StepName {
    const { clock } = this.#options
    const { startedAt } = this.#exchange.timings
    Object.assign(this.#exchange, summarize(this.#known.founds, clock.now(), forward))
    const elapsed = Math.ceil((clock.monotonic() - startedAt) * 1e6)
    // Until the vectors are at hand, which is all there is: a client refuses answers without (ollama-ai-provider-v2).
    return this.#deliver({ total: elapsed, load: elapsed })
  }

  #deliverMade(role: 'miss' | 'collapsed'): StepName {
    const { avoidable } = this.#exchange
    this.#exchange.outcome =
      avoidable === undefined
        ? { kind: role, reason: this.#reason }
        : { kind: 'bypass', reason: 'observed' }
    if (role === 'collapsed') this.#exchange.saved = { costMs: this.#known.costMs, tokens: 0 }
    return this.#deliver(this.#known.durations)
  }

  /** As the client wrote it. */
  get #model(): string {
    return this.#exchange.question?.reading.model ?? ''
  }

  get #reason(): MissReason {
    const { outcome } = this.#exchange
    return outcome.kind === 'miss' ? outcome.reason : 'absent'
  }

  /** Durations are in ns. */
  #deliver({ total, load }: KnownVectors['durations']): StepName {
    this.#exchange.source = toVectorSource(this.#batch, this.#known.vectors, {
      model: this.#model,
      tokens: this.#known.countTokens(),
      totalDuration: total,
      loadDuration: load,
    })
    return 'deliver'
  }
}

function toReasons(decision: ReuseDecision): Omit<Withheld, 'found' | 'isWouldBe'> {
  if (decision.kind !== 'forward') return { reason: 'expired', fallbackSeconds: 0 }
  const { reason, fallbackSeconds } = decision
  return { reason: reason === 'request' ? 'request' : 'expired', fallbackSeconds }
}
