import type { Clock, Timer } from '../clock.ts'
import type { Touch } from './rows.ts'
import type { Key } from './store.ts'

/** Hits, collected so that a request only counts: they are written behind, together. */
export interface Touches {
  add(key: Key): void
  /** Hands over what was collected, now. */
  flush(): void
  stop(): void
}

/** Hits are handed over at most so often, in ms. */
const HAND_OVER_MS = 1_000
/** More entries than this in one second are not noted: which of them is popular shows in the next. */
const MOST_KEYS = 8_192
/** So many are written in one go: 128 pages of the log at worst. */
const ORDER_TOUCHES = 128

/** `write` gets hits of at most 128 entries at a time, and the wall time in ms. */
export function createTouches(
  clock: Clock,
  write: (touches: readonly Touch[], at: number) => void,
): Touches {
  let timesByKey = new Map<Key, number>()
  let timer: Timer | undefined

  function flush(): void {
    timer?.cancel()
    timer = undefined
    const touches = Array.from(timesByKey, ([key, times]) => ({ key, times }))
    timesByKey = new Map()
    const at = clock.now()
    for (let from = 0; from < touches.length; from += ORDER_TOUCHES) {
      write(touches.slice(from, from + ORDER_TOUCHES), at)
    }
  }

  return {
    add(key) {
      const times = timesByKey.get(key)
      if (times === undefined && timesByKey.size >= MOST_KEYS) return
      timesByKey.set(key, (times ?? 0) + 1)
      timer ??= clock.startTimer(HAND_OVER_MS, flush)
    },
    flush,
    stop: () => timer?.cancel(),
  }
}
