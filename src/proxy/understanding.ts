import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { KnownModel, ModelRegistry } from '../models/registry.ts'
import type { Question } from '../ollama/question.ts'
import { createSecondUse } from '../store/second-use.ts'
import type { Key } from '../store/store.ts'
import type { Identity } from './exchange.ts'

/** What was understood of a body, and what it was found to be for the model it was last asked of. */
export interface Understanding {
  readonly question: Question
  /** The rules that it was read by and that may change: those of the origin's version. */
  readonly form: string | undefined
  /** The key it had for a model, whoever asked and how. */
  named?: { readonly key: Key; readonly model: KnownModel }
  /** Where its answer is kept, for a client that asks nothing of the cache. */
  identity?: Identity
}

/** Remembers what was understood of exact bytes, so that the same bytes are not read again. */
export interface Understandings {
  /** What is remembered of these bytes, sent in this way (route, profile); undefined where nothing is. */
  find(name: string): Understanding | undefined
  /** Of bytes that come a second time; of the first only the name is noted. */
  keep(name: string, understood: Understanding): void
}

/** Bytes that remembered bodies may take together. */
const MAX_BYTES = 16 * 1024 * 1024
/** A larger body is read each time: it is rare, and would push many small ones out. */
const MAX_BODY_BYTES = 64 * 1024
/**
 * What an understanding takes besides the body, in bytes: its members, by name and place, its name and its key.
 * Measured over 7,000 small bodies: 4.1 KB of the heap and 1.6 KB of buffers for each.
 */
const OVERHEAD_BYTES = 5120

/** Bytes that an understanding takes. */
export function measure({ question }: Understanding): number {
  return 2 * question.document.bytes.length + OVERHEAD_BYTES
}

/** The name of bytes sent in one way: one hash of them; undefined where they are too many to be remembered. */
export function nameBytes(way: string, bytes: Buffer): string | undefined {
  return bytes.length > MAX_BODY_BYTES ? undefined : way + hash('sha256', bytes, 'base64')
}

/**
 * Reading is pure: the same bytes, route and rules give the same question, so nothing ever has to be
 * forgotten but for room. What the question is asked of may change, and is looked at each time.
 */
export function createUnderstandings(): Understandings {
  const known = new LRUCache<string, Understanding>({
    maxSize: MAX_BYTES,
    sizeCalculation: measure,
  })
  const uses = createSecondUse()
  return {
    find: (name) => known.get(name),
    keep(name, understood) {
      // What is asked once is most of what misses: kept, it lived through every small collection of garbage.
      if (uses.isSecond(name)) known.set(name, understood)
    },
  }
}

/**
 * Where the answer to known bytes is kept, if that is sure at once: only what can have changed meanwhile is asked
 * for, which is what their model's name stands for now, on which version of the origin.
 */
export function findIdentity(
  { question, identity }: Understanding,
  registry: Pick<ModelRegistry, 'resolve'>,
): Identity | undefined {
  if (identity === undefined) return undefined
  const found = registry.resolve(question.reading.model)
  if (found instanceof Promise || found.kind !== 'known') return undefined
  return isSame(identity.model, found) ? identity : undefined
}

/** Whether a model is the one it was, in everything that a key is made of. */
export function isSame(one: KnownModel, other: KnownModel): boolean {
  return (
    one.digest === other.digest &&
    one.version === other.version &&
    one.dateStamp === other.dateStamp
  )
}
