/** Both clocks at one instant: wall time in ms since the epoch, and the monotonic clock in ms. */
export interface ClockReading {
  readonly wallAt: number
  readonly monotonicAt: number
}

/** How far an entry may lie ahead of the wall clock and still be believed rather than the clock. */
const MAX_SETBACK_MS = 7 * 24 * 60 * 60 * 1000

/**
 * The instant from which a process counts its time: the wall clock at its start, and no earlier than the
 * newest entry it finds (`newestStoredAt`; undefined where there is none), because a clock that was set
 * back between two processes must not make fresh what had expired. An entry more than seven days ahead
 * was stored by a clock that was wrong itself, and is not believed.
 */
export function toAnchor(reading: ClockReading, newestStoredAt: number | undefined): ClockReading {
  const setbackMs = (newestStoredAt ?? reading.wallAt) - reading.wallAt
  const isBelieved = setbackMs > 0 && setbackMs <= MAX_SETBACK_MS
  return isBelieved ? { ...reading, wallAt: reading.wallAt + setbackMs } : reading
}

/**
 * Wall time as it would be had nobody touched the clock since the anchor was taken: whole ms since the
 * epoch, never less than before. Where instants of entries are both written and judged by it, ages within
 * one process are measured by the monotonic clock alone, and by the wall clock only across a restart
 * (RFC 9111 §4.2.3 asks for clocks that agree). `monotonicAt` is the monotonic clock now, in ms.
 */
export function toSteadyTime(anchor: ClockReading, monotonicAt: number): number {
  return Math.floor(anchor.wallAt + (monotonicAt - anchor.monotonicAt))
}
