import { toTtlSeconds } from '../http/freshness.ts'
import { EMBEDDING_TYPES, type EmbeddingFacts } from '../ollama/embedding-answer.ts'
import { speakVectors } from '../ollama/spoken-vectors.ts'
import type { Outcome, StaleForward } from '../outcome.ts'
import type { Found } from '../store/store.ts'
import type { Batch } from './batch.ts'
import type { Collected } from './collect.ts'
import type { Cursor, FrameSource, SourceHead } from './frame-source.ts'
import type { VectorLayout } from './vector-layout.ts'

/** The answer to a batch, with the vector of each text in its place. */
export function toVectorSource(
  { askedOn }: Batch,
  layout: VectorLayout,
  facts: Omit<EmbeddingFacts, 'encoding'>,
): FrameSource {
  const headers = [['Content-Type', EMBEDDING_TYPES[askedOn]]] as const
  return toReady({ status: 200, headers, body: 'opaque' }, layout.toPieces(facts))
}

/** The origin's own answer where it has no vectors. What broke off is never passed on as if it were whole. */
export function toFailedSource(
  { askedOn, sentOn, encoding }: Batch,
  answer: Collected,
  model: string,
): FrameSource {
  const { head, end } = answer
  if (head === undefined || end.kind !== 'ended') return { head, end, open }
  if (askedOn === sentOn) {
    const headers = head.headers.filter(([name]) => name.toLowerCase() !== 'content-length')
    return toReady({ ...head, headers }, [answer.body])
  }
  const { status, contentType, body } = speakVectors(head.status, answer.body, { model, encoding })
  return toReady({ status, headers: [['Content-Type', contentType]], body: 'opaque' }, [body])
}

/** All of it is there before the first piece is asked for. */
function toReady(head: SourceHead, pieces: readonly Buffer[]): FrameSource {
  const size = pieces.reduce((sum, { length }) => sum + length, 0)
  const [bytes = NOTHING, ...rest] = size > JOINED_BYTES ? pieces : [Buffer.concat(pieces)]
  return { head, end: { kind: 'ended' }, prepared: { bytes, rest, framing: 'length' }, open }
}

const NOTHING = Buffer.alloc(0)

/** Up to here a copy costs less than to write in pieces. */
const JOINED_BYTES = 64 * 1024

function open(): Cursor {
  return { next: () => undefined, close() {} }
}

/** What is said of an answer that is made of several entries. */
interface Summary {
  readonly found: Found
  readonly outcome: Outcome
  readonly saved: { readonly costMs: number; readonly tokens: number }
}

/**
 * Several entries as one: as old as the oldest, fresh for as long as the one that is stale first, out of the
 * slowest tier. Undefined where there are none. `now` is wall time, in ms; `forward` says what became of
 * asking the origin for those that are stale.
 */
export function summarize(
  founds: readonly Found[],
  now: number,
  forward: StaleForward,
): Summary | undefined {
  const [first] = founds
  if (first === undefined) return undefined
  const oldest = founds.reduce((one, other) => (storedAt(other) < storedAt(one) ? other : one))
  const expiresAt = Math.min(...founds.map(({ entry }) => entry.expiresAt))
  const tier = founds.find((found) => found.tier !== 'memory')?.tier ?? 'memory'
  const ttlSeconds = toTtlSeconds(expiresAt, now)
  return {
    found: oldest,
    outcome:
      expiresAt > now
        ? { kind: 'hit', tier, ttlSeconds }
        : { kind: 'stale', tier, ttlSeconds, forward },
    saved: {
      costMs: sum(founds.map(({ entry }) => entry.costMs)),
      // Those of an entry were read, and none generated.
      tokens: 0,
    },
  }
}

function storedAt({ entry }: Found): number {
  return entry.storedAt
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
