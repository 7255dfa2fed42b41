import type { Clock } from '../clock.ts'
import type { StaleForward } from '../outcome.ts'
import type { Exchange, Step, StepName } from './exchange.ts'
import type { FrameSource } from './frame-source.ts'
import { giveStale } from './stale.ts'

/** Where a stale answer is at hand: waits for the origin's first word, and gives the stale one where that is an error. */
export function createFallbackStep(clock: Pick<Clock, 'now'>): Step {
  return (exchange) => {
    const { source } = exchange
    if (source === undefined) return 'deliver'
    return new Promise((resolve) => {
      const decide = (): void => {
        const step = choose(exchange, source, clock.now())
        if (step === undefined) return
        cursor.close()
        resolve(step)
      }
      const cursor = source.open(decide)
      // A client that leaves meanwhile is noticed by the last step.
      exchange.reply.raw.once('close', () => {
        cursor.close()
        resolve('deliver')
      })
      decide()
    })
  }
}

/** Where to go on; undefined while the origin has said nothing. */
function choose(exchange: Exchange, source: FrameSource, now: number): StepName | undefined {
  const { stale } = exchange
  const failure = findFailure(source)
  if (failure === undefined || stale === undefined) {
    return source.head === undefined && source.end === undefined ? undefined : 'deliver'
  }
  exchange.seat?.leave()
  return giveStale(exchange, stale, failure, now)
}

/** The answers of an origin that stand for "not now" (RFC 5861 §4). */
const STATUSES = [500, 502, 503, 504]

function findFailure({ head, end }: FrameSource): StaleForward | undefined {
  if (head !== undefined) {
    return STATUSES.includes(head.status) ? { kind: 'status', status: head.status } : undefined
  }
  switch (end?.kind) {
    case 'failed':
      return { kind: 'failed', reason: end.failure.reason }
    case 'refused':
      return { kind: 'none' }
    default:
      return undefined
  }
}
