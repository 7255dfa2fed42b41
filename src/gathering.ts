import { afterTurn, type Clock } from './clock.ts'

/** What comes one by one, and is dealt with together. */
export interface Gathering<T> {
  add(item: T): void
  /** Hands on what there is, now: for whoever wants to know of all that has been. */
  handOn(): void
}

/** So many wait at most. More of them live long enough for a collection of garbage to carry them along. */
const MOST = 256

/**
 * Hands on what has come when its answers are out: at the end of a turn of the event loop that brought one or none, or
 * when 256 have come in turns that each brought several. To count is a way through much code and memory, which answers in
 * between push out of the processor's caches (docs/design/hit-path.md). `at` is wall time, in ms.
 */
export function createGathering<T>(
  clock: Pick<Clock, 'now'>,
  take: (items: readonly T[], at: number) => void,
): Gathering<T> {
  let waiting: T[] = []
  let seen = 0
  let isWatching = false

  function handOn(): void {
    if (waiting.length === 0) return
    const items = waiting
    waiting = []
    seen = 0
    take(items, clock.now())
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
    add(item) {
      waiting.push(item)
      watch()
    },
    handOn,
  }
}
