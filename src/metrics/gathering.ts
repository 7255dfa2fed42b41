import { afterTurn, type Clock } from '../clock.ts'
import type { Observation } from './observation.ts'
import { type ObservedBatch, ObservedRows } from './observed.ts'

/** Requests that have ended one by one, and are dealt with together. */
export interface Gathering {
  add(observation: Observation): void
  /** Hands on what there is, now: for whoever wants to know of all that has been. */
  handOn(): void
}

/** So many do not wait for another turn. */
const MOST = 256

/** Those of one turn may be many; then they are handed on in the middle of it. */
const ROOM = 2 * MOST

/**
 * Hands on requests when their answers are out: at the end of a turn of the event loop that brought one or none, or
 * when 256 have come in turns that each brought several. To count is a way through much code and memory, which answers in
 * between push out of the processor's caches (docs/design/hit-path.md). `at` is wall time, in ms.
 */
export function createGathering(
  clock: Pick<Clock, 'now'>,
  take: (batch: ObservedBatch, at: number) => void,
): Gathering {
  const waiting = new ObservedRows(ROOM)
  let seen = 0
  let isWatching = false

  function handOn(): void {
    if (waiting.length === 0) return
    seen = 0
    take(waiting.take(), clock.now())
  }

  /** One at a time: a second look at the same turn would find that nothing has come. */
  function watch(): void {
    if (isWatching) return
    isWatching = true
    afterTurn(endTurn)
  }

  function endTurn(): void {
    isWatching = false
    const came = waiting.length - seen
    seen = waiting.length
    if (came > 1 && waiting.length < MOST) watch()
    else handOn()
  }

  return {
    add(observation) {
      waiting.add(observation)
      if (waiting.isFull) handOn()
      else watch()
    },
    handOn,
  }
}
