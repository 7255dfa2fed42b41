import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Clock } from '../clock.ts'

/** What there is too much of. */
export type PressureReason = 'event-loop-delay' | 'memory'

/** Whether this process has more to do than it can. */
export interface Pressure {
  /** What is over its limit; undefined where nothing is. Cheap: reads anew every 500 ms at most. */
  isOver(): PressureReason | undefined
}

/** Where readings come from, and how much is too much. */
export interface PressureOptions {
  readonly clock: Pick<Clock, 'monotonic'>
  /** How late the event loop was since the last call, in ms; undefined where it has not turned since. */
  readDelayMs(): number | undefined
  /** Resident memory of the process. */
  readMemoryBytes(): number
  /** 0: never over. */
  readonly maxDelayMs: number
  /** 0: never over. */
  readonly maxMemoryBytes: number
}

/** A verdict holds for so long, in ms. */
const WINDOW_MS = 500

/**
 * Judges when it is asked and has no timer of its own. The first question only opens the window: what the
 * loop was busy with before anybody asked, as starting the server, is no load.
 */
export function createPressure(options: PressureOptions): Pressure {
  const { clock, maxDelayMs, maxMemoryBytes } = options
  let readAt: number | undefined
  let verdict: PressureReason | undefined

  /** A loop that has not turned in the whole window is late by the window at least. */
  function isLate(windowMs: number | undefined): boolean {
    if (maxDelayMs === 0) return false
    const delayMs = options.readDelayMs() ?? windowMs ?? 0
    return windowMs !== undefined && delayMs > maxDelayMs
  }

  function judge(windowMs: number | undefined): PressureReason | undefined {
    if (isLate(windowMs)) return 'event-loop-delay'
    return maxMemoryBytes > 0 && options.readMemoryBytes() > maxMemoryBytes ? 'memory' : undefined
  }

  return {
    isOver() {
      const now = clock.monotonic()
      const windowMs = readAt === undefined ? undefined : now - readAt
      if (windowMs !== undefined && windowMs < WINDOW_MS) return verdict
      readAt = now
      verdict = judge(windowMs)
      return verdict
    },
  }
}

/** Watches the event loop of this process. */
export interface EventLoopDelay {
  /** How late the loop was on average since the last call, in ms; undefined where it has not turned since. */
  readMs(): number | undefined
  /** Ends the watching. */
  close(): void
}

/** How often the monitor looks, in ms: each of its samples is this and what the loop was late by. */
const RESOLUTION_MS = 20

const NANOSECONDS_PER_MS = 1e6

/**
 * The average, because the longest delay of a window is most often one pause, a collection of garbage or one
 * large body, that is over when it is seen: refusing after it helps nobody. Overload makes every turn late, and
 * that moves the average. A long window in which nobody asked only thins it until the next reading.
 *
 * The histogram is never reset, windows are differences of its sums: a reset makes it forget the tick before,
 * and with it the delay that is going on. A loop that needs 400 ms for a turn would then show one sample in two
 * windows, and a slower one none at all.
 */
export function createEventLoopDelay(): EventLoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
  let readCount = 0
  let readSumMs = 0
  return {
    readMs() {
      const { count } = histogram
      if (count === readCount) return undefined
      const sumMs = (histogram.mean * count) / NANOSECONDS_PER_MS
      const meanMs = (sumMs - readSumMs) / (count - readCount)
      readCount = count
      readSumMs = sumMs
      return Math.max(0, meanMs - RESOLUTION_MS)
    },
    close: () => void histogram.disable(),
  }
}
