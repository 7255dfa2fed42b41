import { type Clock, nextTurn } from '../clock.ts'
import type { MissReason, RefusalReason, StaleForward } from '../outcome.ts'
import type { Batch } from './batch.ts'
import { summarize, toFailedSource, toVectorSource } from './batch-answer.ts'
import type { Exchange, Step, StepName } from './exchange.ts'
import type { Flights } from './flights.ts'
import { createKnownVectors, type KnownVectors } from './known-vectors.ts'
import { createMissingVectors, type MissingVectors } from './missing-vectors.ts'
import { toNotCached, toRefusal } from './refusal.ts'
import { findFailure } from './stale.ts'
import {
  createStoredTexts,
  type StoredTexts,
  type StoredTextsOptions,
  type Withheld,
} from './stored-texts.ts'
import { createVectorLayout, type VectorLayout } from './vector-layout.ts'
import { createVectorRuns, type VectorResult, type VectorRunsOptions } from './vector-runs.ts'

/** What the step needs of the rest. */
export interface VectorsOptions extends VectorRunsOptions, StoredTextsOptions {
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'startTimer'>
  readonly flights: Flights
  /** Texts of one call to the origin at most. */
  readonly maxBatch: number
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
      const work = new BatchWork(exchange, batch, options)
      exchange.response.once('close', () => {
        // A client that leaves meanwhile is noticed by the last step.
        resolve('deliver')
        void nextTurn().then(() => work.countUses())
      })
      work.answer(missing).then(resolve, reject)
    })
  }
}

/** One batch on its way from texts to an answer. */
class BatchWork {
  readonly #exchange: Exchange
  readonly #batch: Batch
  readonly #options: VectorsOptions
  readonly #known: KnownVectors
  readonly #stored: StoredTexts
  readonly #layout: VectorLayout

  constructor(exchange: Exchange, batch: Batch, options: VectorsOptions) {
    this.#exchange = exchange
    this.#batch = batch
    this.#options = options
    this.#known = createKnownVectors(batch)
    this.#stored = createStoredTexts(exchange, batch, this.#known, options)
    this.#layout = createVectorLayout(batch, this.#known.vectors)
  }

  countUses(): void {
    this.#stored.countUses()
  }

  async answer(missing: MissingVectors): Promise<StepName> {
    const end = await missing.makeUp({
      exchange: this.#exchange,
      batch: this.#batch,
      known: this.#known,
      lookUp: (places) => this.#stored.lookUp(places),
      mayAsk: () => this.#mayAsk(),
      prepare: () => this.#prepare(),
    })
    switch (end.kind) {
      case 'left':
        return 'deliver'
      case 'refused':
        return (await this.#giveStale({ kind: 'none' })) ?? this.#refuse(end.reason)
      case 'failed':
        return this.#giveUp(end.result)
      case 'complete': {
        if (end.role !== 'known') return this.#deliverMade(end.role)
        missing.renew(this.#exchange, this.#batch, this.#stored.due)
        return this.#deliverKnown({ kind: 'none' })
      }
    }
  }

  async #prepare(): Promise<void> {
    // The request for what is missing goes out before anything else is done.
    await nextTurn()
    await this.#stored.read()
    if (this.#known.listMissing().length > 0) await this.#layout.prepare()
  }

  /** Something is missing: says why, and whether the origin is to be asked. Throws where it must not be. */
  async #mayAsk(): Promise<boolean> {
    const { directives } = this.#exchange
    this.#exchange.outcome = { kind: 'miss', reason: this.#toMissReason() }
    if (directives.onlyIfCached) throw toNotCached('only-if-cached')
    if (this.#options.mode === 'observe') await this.#noteWouldBe()
    if (this.#options.mode !== 'offline') return true
    // Without an origin there is no better answer, however old this one is.
    if (await this.#takeWithheld(() => true)) return false
    throw toNotCached('offline')
  }

  /** All of it is known, and would have been given. */
  async #noteWouldBe(): Promise<void> {
    const costMs = await this.#stored.readWouldBeMs()
    if (costMs !== undefined) this.#exchange.avoidable = { costMs, tokens: 0 }
  }

  #toMissReason(): MissReason {
    const reasons = this.#known
      .listMissing()
      .map((place) => this.#stored.findWithheld(place)?.reason ?? 'absent')
    if (reasons.includes('absent')) return 'absent'
    return reasons.includes('expired') ? 'expired' : 'request'
  }

  /** Takes what is missing from what was withheld, where all of it is there and may be given. */
  #takeWithheld(mayGive: (each: Withheld) => boolean): Promise<boolean> {
    return this.#stored.takeWithheld(this.#known.listMissing(), mayGive)
  }

  /** Where the origin fails: what is known but old, else its own answer. */
  async #giveUp(result: Exclude<VectorResult, { kind: 'vectors' }>): Promise<StepName> {
    if (result.kind === 'odd') {
      // What came is not understood: the request goes as it is, and nothing is kept.
      this.#exchange.seat?.leave()
      delete this.#exchange.batch
      return 'join'
    }
    const forward = findFailure(result.answer)
    const stale = forward && (await this.#giveStale(forward))
    if (stale !== undefined) return stale
    this.#exchange.source = toFailedSource(this.#batch, result.answer, this.#model)
    return 'deliver'
  }

  async #giveStale(forward: StaleForward): Promise<StepName | undefined> {
    const isTaken = await this.#takeWithheld(({ fallbackSeconds }) => fallbackSeconds > 0)
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
    if (role === 'collapsed') this.#exchange.saved = { costMs: this.#known.costMs(), tokens: 0 }
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
    this.#exchange.source = toVectorSource(this.#batch, this.#layout, {
      model: this.#model,
      tokens: this.#known.countTokens(),
      totalDuration: total,
      loadDuration: load,
    })
    return 'deliver'
  }
}
