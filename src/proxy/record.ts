import type { Clock } from '../clock.ts'
import type { ModelRegistry, Resolution } from '../models/registry.ts'
import { judgeFrames, readTotals } from '../ollama/completeness.ts'
import type { Kind } from '../ollama/kind.ts'
import type { NotStoredReason } from '../outcome.ts'
import type { Entry, Store } from '../store/store.ts'
import type { Exchange, Identity, Step } from './exchange.ts'
import { PARTITION } from './partition.ts'
import { createRecording, type Recording } from './recording.ts'
import type { Verdicts } from './verdicts.ts'

/** What the step needs of the rest. */
export interface RecordOptions {
  readonly store: Pick<Store, 'put'>
  readonly registry: Pick<ModelRegistry, 'resolve'>
  readonly verdicts: Verdicts
  readonly clock: Pick<Clock, 'now'>
  /** Answers larger than this are passed on but not kept. */
  readonly maxAnswerBytes: number
  /** Lifetime of a new entry in seconds; 0 means it is not stored. */
  lifetimeSeconds(kind: Kind, model: string): number
  /** Called once for each answer that might have become an entry. */
  onVerdict(verdict: 'stored' | NotStoredReason): void
}

/** Opens the recording a run writes into. What may become an entry is kept, everything else passed. */
export function createRecordStep(options: RecordOptions): Step {
  return (exchange) => {
    const { identity } = exchange
    exchange.recording = createRecording({
      capture: identity === undefined ? 'pass' : 'keep',
      maxBytes: options.maxAnswerBytes,
      onEnd: (recording) => {
        if (identity !== undefined) conclude(exchange, identity, recording, options)
      },
    })
    return 'forward'
  }
}

/** Judges a finished recording, and commits it: the one place where an answer becomes an entry. */
function conclude(
  exchange: Exchange,
  identity: Identity,
  recording: Recording,
  options: RecordOptions,
): void {
  const flaw = findFlaw(recording)
  if (flaw !== undefined) {
    options.onVerdict(flaw)
    return
  }
  const commit = (now: Resolution): void => {
    const isSame = now.kind === 'known' && now.digest === identity.model.digest
    const entry = isSame ? toEntry(exchange, identity, recording, options) : undefined
    if (entry !== undefined) options.store.put(entry)
    options.onVerdict(entry === undefined ? 'digest-changed' : 'stored')
  }
  const resolution = options.registry.resolve(exchange.question?.reading.model ?? '')
  if (resolution instanceof Promise) options.verdicts.open(identity.key, resolution.then(commit))
  else commit(resolution)
}

/** Complete or nothing: the first reason why a recording must not be replayed. */
function findFlaw(recording: Recording): NotStoredReason | undefined {
  if (recording.isAbandoned) return 'abandoned'
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
    expiresAt: storedAt + options.lifetimeSeconds(reading.kind, identity.model.name) * 1000,
    costMs: totals.costMs,
    tokens: totals.tokens,
    frames,
  }
}
