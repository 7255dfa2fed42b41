import { toTtlSeconds } from '../http/freshness.ts'
import {
  assembleVectors,
  EMBEDDING_TYPES,
  type EmbeddingFacts,
} from '../ollama/embedding-answer.ts'
import { placeVectors } from '../ollama/embedding-inputs.ts'
import type { Outcome } from '../outcome.ts'
import type { Found, Key } from '../store/store.ts'
import type { Batch } from './batch.ts'
import type { FrameSource } from './frame-source.ts'

/** The answer to a batch, with the vector of each text in its place. */
export function toVectorSource(
  batch: Batch,
  vectors: ReadonlyMap<Key, Buffer>,
  facts: Omit<EmbeddingFacts, 'encoding'>,
): FrameSource {
  const { askedOn, inputs, keys, encoding } = batch
  const distinct = keys.flatMap((key) => vectors.get(key) ?? [])
  const bytes = assembleVectors(askedOn, placeVectors(inputs, distinct), { ...facts, encoding })
  return {
    head: { status: 200, headers: [['Content-Type', EMBEDDING_TYPES[askedOn]]], body: 'opaque' },
    end: { kind: 'ended' },
    prepared: { bytes, framing: 'length' },
    open: () => ({ next: () => undefined, close() {} }),
  }
}

/** What is said of an answer that is made of several entries. */
interface Summary {
  readonly found: Found
  readonly outcome: Outcome
  readonly saved: { readonly costMs: number; readonly tokens: number }
}

/**
 * Several entries as one: as old as the oldest, fresh for as long as the one that is stale first, out of the
 * slowest tier. Undefined where there are none. `now` is wall time, in ms.
 */
export function summarize(founds: readonly Found[], now: number): Summary | undefined {
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
        : { kind: 'stale', tier, ttlSeconds, forward: { kind: 'none' } },
    saved: {
      costMs: sum(founds.map(({ entry }) => entry.costMs)),
      tokens: sum(founds.map(({ entry }) => entry.tokens)),
    },
  }
}

function storedAt({ entry }: Found): number {
  return entry.storedAt
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
