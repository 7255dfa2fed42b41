import type { Clock } from '../clock.ts'
import type { Exchange, Step, StepName } from './exchange.ts'
import type { FrameSource } from './frame-source.ts'
import { findFailure, giveStale } from './stale.ts'

/** Where a stale answer is at hand: waits for the origin's first word, and gives the stale one where that is an error. */
export function createFallbackStep(clock: Pick<Clock, 'now'>): Step {
  return (exchange) => {
    const { source, response } = exchange
    // A client that has left already is noticed by the last step, as is one that leaves meanwhile.
    if (source === undefined || response.destroyed) return 'deliver'
    return new Promise((resolve) => {
      const decide = (): void => {
        const step = choose(exchange, source, clock.now())
        if (step === undefined) return
        cursor.close()
        resolve(step)
      }
      const cursor = source.open(decide)
      response.once('close', () => {
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
