import { afterTurn, type Clock } from './clock.ts'

/** Work of which there may be much at once, each piece short. */
export interface Work {
  handOn(): void
}

/** Gives work its share of each turn of the event loop: what comes when that is used up waits for the next turn. */
export interface TurnShare {
  /** Does the work now, where nothing waits and the turn has time left; else in its order, in a later turn. */
  take(work: Work): void
}

/**
 * How much of a turn goes into questions and answers, in ms. One piece may take longer by itself: it is never cut. With 2
 * the loop was 8 to 9 ms late at saturation (p99), with 1 6 to 8, with this 4 to 5, and as many answers came in a second:
 * a turn in which little is done costs a few µs.
 */
const SHARE_MS = 0.25

/**
 * At saturation the answers to all connections come in one turn, 0.3 ms each, and as many questions in the next: the loop
 * would hear of nothing else for 10 ms and more. A few at a time, in the order in which they came, both come evenly.
 */
export function createTurnShare(clock: Pick<Clock, 'monotonic'>): TurnShare {
  const waiting: Work[] = []
  /** When the first work of this turn began; undefined where there was none. */
  let begunAt: number | undefined

  function begin(): number {
    const now = clock.monotonic()
    if (begunAt === undefined) {
      begunAt = now
      afterTurn(goOn)
    }
    return now - begunAt
  }

  function goOn(): void {
    begunAt = undefined
    let done = 0
    try {
      for (const work of waiting) {
        if (begin() >= SHARE_MS) break
        done += 1
        work.handOn()
      }
    } finally {
      waiting.splice(0, done)
    }
  }

  return {
    take(work) {
      if (waiting.length === 0 && begin() < SHARE_MS) work.handOn()
      else waiting.push(work)
    },
  }
}
