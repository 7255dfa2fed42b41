import type { Observation } from '../metrics/observation.ts'
import type { ModelRegistry } from '../models/registry.ts'
import type { Exchange, Inquiry } from './exchange.ts'
import { readStages } from './stages.ts'

/** What is known of the end of a request besides what its steps have filled in. */
export interface Ending {
  /** Monotonic instant, in ms. */
  readonly finishedAt: number
  readonly client: Observation['client']
  readonly registry: Pick<ModelRegistry, 'label'>
}

/** What everything that counts or tells sees of a request that has ended. */
export function toObservation(inquiry: Inquiry, ending: Ending): Observation {
  const { outcome, timings, question, sent, model } = inquiry
  const { finishedAt, client, registry } = ending
  const { firstFrameAt, startedAt } = timings
  return {
    outcome,
    endpoint: inquiry.endpoint?.path ?? 'other',
    kind: question?.reading.kind ?? 'none',
    model: model === undefined ? 'none' : registry.label(model),
    // Nothing was sent: the client had gone (nginx's word for it, and Ollama's own log's).
    status: sent.status === 0 ? 499 : sent.status,
    durationMs: finishedAt - startedAt,
    stages: readStages(inquiry, finishedAt),
    firstFrameMs: firstFrameAt === undefined ? undefined : firstFrameAt - startedAt,
    bytes: sent.bytes,
    saved: findSaved(inquiry),
    avoidable: inquiry.avoidable ?? toCost(inquiry.observed),
    client,
    capped: wasCapped(inquiry) ? 'capped' : 'not-capped',
  }
}

/** Whether the client was gone before its answer was out. Errors are still on their way when they are counted. */
export function findClient({ outcome, response, delivered }: Exchange): Observation['client'] {
  const isOut = outcome.kind === 'error' || delivered === 'whole' || response.writableFinished
  return isOut ? 'stayed' : 'left'
}

/** What was not generated for this request: it was given an entry, or the answer of somebody else's run. */
function findSaved(inquiry: Inquiry): Observation['saved'] {
  const { outcome, saved, found, seat, sent, renewal } = inquiry
  switch (outcome.kind) {
    case 'hit':
      return saved ?? toCost(found)
    case 'stale':
      return renewal === 'started' ? undefined : (saved ?? toCost(found))
    case 'collapsed':
      return sent.status === 200 ? (saved ?? seat?.ridden()) : undefined
    default:
      return undefined
  }
}

function toCost(found: Inquiry['found']): Observation['saved'] {
  return found && { costMs: found.entry.costMs, tokens: found.entry.tokens }
}

/** Whether our own limit ended the answer: Ollama says `length`, and the limit was not the client's. */
function wasCapped(inquiry: Inquiry): boolean {
  return inquiry.question?.cap !== undefined && inquiry.endedIn === 'length'
}
