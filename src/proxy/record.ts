import type { Clock } from '../clock.ts'
import { jitterLifetime } from '../http/freshness.ts'
import type { ModelRegistry, Resolution } from '../models/registry.ts'
import { judgeFrames, readTotals } from '../ollama/completeness.ts'
import type { Kind } from '../ollama/kind.ts'
import type { NotStoredReason } from '../outcome.ts'
import type { Entry, Store } from '../store/store.ts'
import type { Exchange, Identity } from './exchange.ts'
import { PARTITION } from './partition.ts'
import type { Recording } from './recording.ts'
import type { Verdicts } from './verdicts.ts'

/** What the step needs of the rest. */
export interface RecordOptions {
  readonly store: Pick<Store, 'put'>
  readonly registry: Pick<ModelRegistry, 'resolve'>
  readonly verdicts: Verdicts
  readonly clock: Pick<Clock, 'now'>
  /** Lifetime of a new entry in seconds; 0 means it is not stored. */
  lifetimeSeconds(kind: Kind, model: string): number
  /** Called once for each answer that might have become an entry. */
  onVerdict(verdict: 'stored' | NotStoredReason): void
}

/** Judges finished recordings, and commits them: the one place where an answer becomes an entry. */
export type Commit = (recording: Recording, exchange: Exchange, ending: Ending) => void

/** Whether a recording came to its end, or was given up because nobody wanted it. */
export type Ending = 'ended' | 'abandoned'

/** Judges for one store. A recording of a request without identity is let go of. */
export function createCommit(options: RecordOptions): Commit {
  return (recording, exchange, ending) => {
    const { identity } = exchange
    if (identity === undefined) return
    const flaw = ending === 'abandoned' ? ending : findFlaw(recording)
    if (flaw === undefined) commit(exchange, identity, recording, options)
    else options.onVerdict(flaw)
  }
}

/** The model must be the same at the end as it was at the beginning. */
function commit(
  exchange: Exchange,
  identity: Identity,
  recording: Recording,
  options: RecordOptions,
): void {
  const decide = (now: Resolution): void => {
    const isSame = now.kind === 'known' && now.digest === identity.model.digest
    const entry = isSame ? toEntry(exchange, identity, recording, options) : undefined
    if (entry !== undefined) options.store.put(entry)
    options.onVerdict(entry === undefined ? 'digest-changed' : 'stored')
  }
  const resolution = options.registry.resolve(exchange.question?.reading.model ?? '')
  if (resolution instanceof Promise) options.verdicts.open(identity.key, resolution.then(decide))
  else decide(resolution)
}

/** Complete or nothing: the first reason why a recording must not be replayed. */
function findFlaw(recording: Recording): NotStoredReason | undefined {
  if (recording.end?.kind !== 'ended' || !recording.isProvable) return 'cut'
  if (recording.head?.status !== 200) return 'status'
  if (recording.isOverflowing) return 'too-large'
  const frames = recording.kept()
  if (frames === undefined) return 'not-frames'
  const verdict = judgeFrames(frames)
  return verdict === 'complete' ? undefined : verdict
}

function toEntry(
  exchange: Exchange,
  identity: Identity,
  recording: Recording,
  options: RecordOptions,
): Entry | undefined {
  const frames = recording.kept()
  const last = frames?.at(-1)
  const reading = exchange.question?.reading
  if (frames === undefined || last === undefined || reading === undefined) return undefined
  const storedAt = options.clock.now()
  const totals = readTotals(last)
  return {
    key: identity.key,
    partition: PARTITION,
    route: exchange.path,
    kind: reading.kind,
    model: reading.model,
    digest: identity.model.digest,
    contentType: 'application/x-ndjson',
    storedAt,
    expiresAt: storedAt + toLifetimeMs(exchange, identity, options),
    costMs: totals.costMs,
    tokens: totals.tokens,
    frames,
  }
}

/** Lifetimes differ by up to a tenth, by the key: what was warmed together does not expire together. */
function toLifetimeMs(exchange: Exchange, identity: Identity, options: RecordOptions): number {
  const kind = exchange.question?.reading.kind ?? 'text'
  const seconds = options.lifetimeSeconds(kind, identity.model.name)
  return Math.round(jitterLifetime(seconds, identity.key) * 1000)
}
