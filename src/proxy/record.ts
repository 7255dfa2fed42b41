import type { Clock } from '../clock.ts'
import { jitterLifetime } from '../http/freshness.ts'
import { HEADER } from '../http/headers.ts'
import type { ModelRegistry, Resolution } from '../models/registry.ts'
import { isFrameRoute, rulesOf } from '../ollama/frame-rules.ts'
import type { Kind } from '../ollama/kind.ts'
import { isSameAnswer } from '../ollama/same-answer.ts'
import type { NotStoredReason } from '../outcome.ts'
import { createPackedEntry } from '../store/packed-entry.ts'
import type { Entry, Key, Store } from '../store/store.ts'
import type { Batch } from './batch.ts'
import { toCallParts } from './call-tokens.ts'
import { toEntryParts } from './entry-parts.ts'
import type { Exchange, Identity } from './exchange.ts'
import { PARTITION } from './partition.ts'
import type { Recording } from './recording.ts'
import type { VectorResult } from './vector-runs.ts'
import type { Verdicts } from './verdicts.ts'

const TTL = HEADER.ttl.toLowerCase()

/** How long an answer may be given again. */
export interface Lifetime {
  readonly seconds: number
  readonly source: 'client' | 'configuration'
}

/** The answer that wants a lifetime. */
export interface LifetimeSubject {
  readonly kind: Kind
  readonly model: string
  readonly route: string
  readonly wishedSeconds: number | undefined
}

/** What the step needs of the rest. */
export interface RecordOptions {
  readonly store: Pick<Store, 'put'>
  readonly registry: Pick<ModelRegistry, 'resolve'>
  readonly verdicts: Verdicts
  readonly clock: Pick<Clock, 'now'>
  /** Lifetime of a new entry; 0 seconds mean that it is not stored. */
  findLifetime(subject: LifetimeSubject): Lifetime
  /** Whether the owner has purged an entry like this since its request came, at this monotonic instant in ms. */
  isPurged(entry: Entry, askedAt: number): boolean
  /** Called for each answer that was compared with the entry that would have been given. */
  onObserved(verdict: 'same' | 'different'): void
  /** Called once for each answer that might have become an entry. */
  onVerdict(verdict: 'stored' | NotStoredReason): void
}

/** Judges finished recordings, and commits them: the one place where an answer becomes an entry. */
export type Commit = (recording: Recording, exchange: Exchange, run: FinishedRun) => void

/** What the recording itself does not say of the run that filled it. */
export interface FinishedRun {
  readonly ending: Ending
  /** From sending to the last byte, in ms. */
  readonly wallMs: number
}

/** Whether a recording came to its end, or was given up because nobody wanted it. */
export type Ending = 'ended' | 'abandoned'

/** Judges for one store. A recording of a request without identity is let go of. */
export function createCommit(options: RecordOptions): Commit {
  return (recording, exchange, run) => {
    const { identity } = exchange
    if (identity === undefined) return
    const lifetime = readLifetime(exchange, identity, options)
    const flaw = run.ending === 'abandoned' ? run.ending : findFlaw(recording, exchange, lifetime)
    if (exchange.observed !== undefined && flaw === undefined) compare(exchange, recording, options)
    else if (flaw !== undefined) options.onVerdict(flaw)
    else commit(exchange, identity, { options, recording, lifetime, wallMs: run.wallMs })
  }
}

/** Puts vectors into the store, one entry for each text, where the model is still the same. */
export function createVectorsCommit(options: RecordOptions) {
  return (exchange: Exchange, batch: Batch, result: VectorResult): Promise<void> | void => {
    if (result.kind !== 'vectors') return options.onVerdict(toFlaw(result))
    const identity = { key: '', model: batch.model }
    const lifetime = readLifetime(exchange, identity, options)
    if (lifetime.seconds <= 0) return options.onVerdict('no-lifetime')
    return whenSame(exchange, identity, options, () =>
      toVectorEntries(batch, result, { ...options, lifetime }),
    )
  }
}

/** Why no entry is made of a call. */
function toFlaw(result: Exclude<VectorResult, { kind: 'vectors' }>): NotStoredReason {
  if (result.kind === 'odd') return 'incomplete'
  const { head, end } = result.answer
  return end.kind === 'ended' && head !== undefined ? 'status' : 'cut'
}

function toVectorEntries(
  batch: Batch,
  { sliced, keys }: Extract<VectorResult, { kind: 'vectors' }>,
  { lifetime, clock }: { lifetime: Lifetime; clock: RecordOptions['clock'] },
): Entry[] {
  const storedAt = clock.now()
  const parts = toCallParts(keys, sliced.tokens)
  const share = (sliced.totalDuration - sliced.loadDuration) / 1e6 / keys.length
  return keys.map((key, place) => ({
    key,
    partition: PARTITION,
    route: batch.sentOn,
    kind: 'embedding',
    model: batch.model.name,
    digest: batch.model.digest,
    contentType: 'application/json',
    storedAt,
    expiresAt: storedAt + Math.round(toLifetimeSeconds(lifetime, key) * 1000),
    costMs: Math.max(0, share),
    // Of several texts only the sum is told.
    tokens: keys.length === 1 ? (sliced.tokens ?? 0) : 0,
    ...(parts && { parts }),
    // A copy: a part of the answer would hold all of it in memory for as long as one text is known.
    frames: sliced.vectors.slice(place, place + 1).map((vector) => Buffer.from(vector)),
  }))
}

/** The entry that would have been given stays; what the origin says now is only held against it. */
function compare(
  { observed, question }: Exchange,
  recording: Recording,
  options: RecordOptions,
): void {
  const before = observed?.entry.frames ?? []
  const isSame = isSameAnswer(question, before, recording.kept() ?? [])
  options.onObserved(isSame ? 'same' : 'different')
}

/** A complete recording, with all that the entry is made of. */
interface Committing {
  readonly options: RecordOptions
  readonly recording: Recording
  readonly lifetime: Lifetime
  readonly wallMs: number
}

function commit(exchange: Exchange, identity: Identity, committing: Committing): void {
  const { options } = committing
  const pending = whenSame(exchange, identity, options, () => {
    const entry = toEntry(exchange, identity, committing)
    return entry === undefined ? [] : [entry]
  })
  if (pending !== undefined) options.verdicts.open(identity.key, pending)
}

/** The model must be the same at the end as it was at the beginning, and the owner must not have purged meanwhile. */
function whenSame(
  exchange: Exchange,
  { model }: Pick<Identity, 'model'>,
  options: RecordOptions,
  toEntries: () => readonly Entry[],
): Promise<void> | undefined {
  const decide = (now: Resolution): void => {
    const isSame = now.kind === 'known' && now.digest === model.digest
    options.onVerdict(isSame ? store(toEntries(), exchange, options) : 'digest-changed')
  }
  const resolution = options.registry.resolve(exchange.question?.reading.model ?? '')
  if (resolution instanceof Promise) return resolution.then(decide)
  decide(resolution)
  return undefined
}

function store(
  entries: readonly Entry[],
  { timings }: Exchange,
  options: RecordOptions,
): 'stored' | 'purged' {
  const kept = entries.filter((entry) => !options.isPurged(entry, timings.startedAt))
  for (const entry of kept) options.store.put(entry)
  return kept.length < entries.length ? 'purged' : 'stored'
}

/** Complete or nothing: the first reason why a recording must not be replayed. */
function findFlaw(
  recording: Recording,
  { question }: Exchange,
  lifetime: Lifetime,
): NotStoredReason | undefined {
  if (lifetime.seconds <= 0) return 'no-lifetime'
  if (recording.end?.kind !== 'ended' || !recording.isProvable) return 'cut'
  if (recording.head?.status !== 200) return 'status'
  if (recording.isOverflowing) return 'too-large'
  if (recording.head.body === 'opaque' || question === undefined) return 'not-frames'
  const verdict = recording.verdict()
  // It was passed on unkept: what is on its way has a budget of its own (flight.maxTotalBytes).
  if (verdict === undefined || !isFrameRoute(question.route)) return 'too-large'
  return verdict === 'complete' ? undefined : verdict
}

function toEntry(
  exchange: Exchange,
  identity: Identity,
  { recording, lifetime, wallMs, options }: Committing,
): Entry | undefined {
  const packed = recording.pack()
  const { question } = exchange
  if (packed === undefined || question === undefined) return undefined
  const { reading, route } = question
  if (!isFrameRoute(route)) return undefined
  const storedAt = options.clock.now()
  const rules = rulesOf(route)
  const totals = recording.totals(rules)
  const meta = {
    key: identity.key,
    partition: PARTITION,
    route,
    kind: reading.kind,
    model: reading.model,
    digest: identity.model.digest,
    contentType: rules.contentType,
    storedAt,
    expiresAt: storedAt + Math.round(toLifetimeSeconds(lifetime, identity.key) * 1000),
    // Where the origin does not say what it cost, the time it took is the best that is known.
    costMs: totals.costMs > 0 ? totals.costMs : wallMs,
    tokens: totals.tokens,
    parts: identity.parts ?? toEntryParts(question.document, identity),
  }
  return createPackedEntry(meta, packed)
}

function readLifetime(exchange: Exchange, identity: Identity, options: RecordOptions): Lifetime {
  return options.findLifetime({
    kind: exchange.question?.reading.kind ?? 'text',
    model: identity.model.name,
    route: exchange.path,
    wishedSeconds: readWish(exchange.request.headers[TTL]),
  })
}

/** Whole seconds; anything else is no wish. */
function readWish(value: string | string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : undefined
}

/** Lifetimes differ by up to a tenth, by the key: what was warmed together does not expire together. */
function toLifetimeSeconds({ seconds, source }: Lifetime, key: Key): number {
  return source === 'client' ? seconds : jitterLifetime(seconds, key)
}
