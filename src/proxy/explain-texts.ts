import type { Clock } from '../clock.ts'
import { toFreshness } from '../http/freshness.ts'
import { decideReuse } from '../http/reuse-decision.ts'
import type { OwnerQueries } from '../store/query.ts'
import type { Key } from '../store/store.ts'
import type { Batch } from './batch.ts'
import type { Exchange, Mode } from './exchange.ts'

/** One text of an embedding request: each is kept by itself. */
export interface ExplainedText {
  readonly key: Key
  readonly outcome: 'hit' | 'miss'
}

/** What is needed of the rest. */
export interface ExplainTextsOptions {
  readonly store: Pick<OwnerQueries, 'peek'>
  readonly clock: Pick<Clock, 'now'>
  readonly mode: Mode
  readonly staleIfErrorSeconds: number
  readonly staleWhileRevalidateSeconds: number
}

/** Which texts of a batch are known, in the order in which they first stand in the request. */
export function explainTexts(
  { directives }: Exchange,
  { keys }: Batch,
  options: ExplainTextsOptions,
): Promise<ExplainedText[]> {
  const explain = async (key: Key): Promise<ExplainedText> => {
    const found = await options.store.peek(key)
    const entry = found && toFreshness(found.entry, options.clock.now())
    const decision = decideReuse({ ...options, directives, entry })
    const isGiven = decision.kind === 'serve' && options.mode !== 'observe'
    return { key, outcome: isGiven ? 'hit' : 'miss' }
  }
  return Promise.all(keys.map(explain))
}
