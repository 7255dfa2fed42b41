import { isFrameRoute, rulesOf } from '../ollama/frame-rules.ts'
import type { Exchange } from './exchange.ts'
import type { Flight } from './flight.ts'

/** What a run cost that a request had the answer of, and did not cause. */
export interface RiddenRun {
  /** Prompt evaluation and generation in ms, without the load, as the origin says; else what the run took. */
  readonly costMs: number
  readonly tokens: number
}

/**
 * What a follower was spared; undefined where the run was its own after all, because it took the leader's
 * place, or did not end well.
 */
export function readRidden(
  { machine, recording, times }: Pick<Flight, 'machine' | 'recording' | 'times'>,
  exchange: Exchange,
): RiddenRun | undefined {
  const { question } = machine.runner
  if (machine.runner === exchange || question === undefined) return undefined
  if (recording.end?.kind !== 'ended' || recording.head?.status !== 200) return undefined
  const { sentAt = 0, endedAt = sentAt } = times
  if (!isFrameRoute(question.route)) return { costMs: endedAt - sentAt, tokens: 0 }
  const { costMs, tokens } = recording.totals(rulesOf(question.route))
  return { costMs: costMs > 0 ? costMs : endedAt - sentAt, tokens }
}
