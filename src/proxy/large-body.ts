import { nextTurn } from '../clock.ts'
import type { KnownModel } from '../models/registry.ts'
import { canonicalizeInSteps } from '../ollama/canonical.ts'
import { toKeyInSteps } from '../ollama/key.ts'
import { type Parts, toPartsOf } from '../ollama/parts.ts'
import type { Question } from '../ollama/question.ts'
import type { Key } from '../store/store.ts'
import { toEntryPartsOf } from './entry-parts.ts'
import { PARTITION } from './partition.ts'

/**
 * A body from here on, in bytes, is read and hashed in steps: a picture of 20 MB would keep everybody else
 * waiting for 50 ms otherwise, and for 200 ms where it is translated (measured: bench/large-bodies).
 */
export const LARGE_BODY_BYTES = 1024 * 1024

/** Takes each step in a turn of its own, apart from what comes before the first and behind the last. */
export async function takeInTurns<T>(steps: Generator<undefined, T>): Promise<T> {
  for (;;) {
    await nextTurn()
    const { done, value } = steps.next()
    if (!done) continue
    await nextTurn()
    return value
  }
}

/** The key of a question and what an entry keeps of it, made in steps of which none takes 30 ms at 20 MB. */
export function* toKeyAndParts(
  { route, document }: Question,
  model: KnownModel,
): Generator<undefined, { key: Key; parts: Parts }> {
  const { version, digest, dateStamp } = model
  const body = yield* canonicalizeInSteps(document)
  yield
  const key = yield* toKeyInSteps({ partition: PARTITION, route, version, digest, dateStamp, body })
  yield
  return { key, parts: toEntryPartsOf(toPartsOf(body), model) }
}
