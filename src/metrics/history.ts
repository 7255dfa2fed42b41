import type { Clock } from '../clock.ts'
import { toWord } from './observation.ts'
import type { ObservedGroup } from './observed-group.ts'

/** What ended in one minute of wall time. */
export interface Minute {
  /** Its begin, in ms since the epoch. */
  readonly at: number
  readonly requests: number
  /** Answered from the cache: hit and stale. */
  readonly hits: number
  /** What the hit rate is a share of: hit, stale, miss and collapsed. */
  readonly asked: number
  /** Generation time that was not spent again. */
  readonly savedSeconds: number
}

/** The last hour, minute by minute. */
export interface History {
  /** `at`: when they ended, in ms since the epoch. */
  note(group: ObservedGroup, at: number): void
  /** The last `count` minutes in order, the current one last; those in which nothing ended are zero. */
  latest(count: number): readonly Minute[]
}

/** How many minutes are kept. */
export const HISTORY_MINUTES = 60

const MINUTE_MS = 60_000

/** A ring of minutes, filled by what is observed: it has no timer. */
export function createHistory(clock: Pick<Clock, 'now'>): History {
  const ring = Array.from({ length: HISTORY_MINUTES }, () => toEmpty(-1))

  /** The slot of a minute, emptied where an earlier hour's is still in it. */
  function slotOf(minute: number): Slot {
    const found = ring[minute % HISTORY_MINUTES]
    if (found?.minute === minute) return found
    const made = toEmpty(minute)
    ring[minute % HISTORY_MINUTES] = made
    return made
  }

  return {
    note({ form, length, saved }, at) {
      const slot = slotOf(toMinute(at))
      const word = toWord(form.outcome)
      slot.requests += length
      if (word === 'hit' || word === 'stale') slot.hits += length
      if (word !== 'bypass' && word !== 'error') slot.asked += length
      slot.savedSeconds += saved.seconds
    },
    latest(count) {
      const first = toMinute(clock.now()) - count + 1
      return Array.from({ length: count }, (_, i) => toResult(slotOf(first + i)))
    },
  }
}

interface Slot {
  readonly minute: number
  requests: number
  hits: number
  asked: number
  savedSeconds: number
}

function toEmpty(minute: number): Slot {
  return { minute, requests: 0, hits: 0, asked: 0, savedSeconds: 0 }
}

function toMinute(now: number): number {
  return Math.floor(now / MINUTE_MS)
}

function toResult({ minute, ...counts }: Slot): Minute {
  return { at: minute * MINUTE_MS, ...counts }
}
