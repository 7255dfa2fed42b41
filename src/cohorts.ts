import { afterTurn, type Clock } from './clock.ts'

/** Work of which there may be much at once, each piece short. */
export interface Work {
  handOn(): void
}

/**
 * The legs of a request's way: what is done for it between two waits, in their order. (Larus and Parkes say stages, which
 * here are what its time is told in.)
 *
 * - `receive`: its body is understood;
 * - `lookup`: its key is asked for, and what is found is given, or a flight begun, so that nothing can come in between;
 * - `record`: what a read of the origin brought is cut and judged;
 * - `conclude`: the answer is kept, the flight is over;
 * - `deliver`: what is there for a client is written.
 */
const LEGS = ['receive', 'lookup', 'record', 'conclude', 'deliver'] as const

/** One of a request’s legs. */
export type Leg = (typeof LEGS)[number]

/** Gives requests their share of each turn of the event loop: what comes when a turn is used up waits for the next. */
export interface Cohorts {
  /** Does the work now, where nothing waits and the turn has time left; else with what waits for the same leg. */
  take(leg: Leg, work: Work): void
}

/**
 * How much of a turn goes into all legs, in ms; what sockets bring comes on top. One piece may take longer by itself: it
 * is never cut.
 */
const SHARE_MS = 0.5

/**
 * Cohort scheduling (Larus and Parkes, USENIX 2002). At saturation the questions of all connections come in one turn, and
 * all answers in another. Each by itself from the first leg to the last would take its way through a megabyte of code
 * and data, of which the processor's caches hold nothing by the time the next one comes by. So what waits for
 * one leg is done behind each other, then what waits for the next; whoever comes meanwhile waits for the leg's next
 * time, so that no other is kept from its own.
 */
export function createCohorts(clock: Pick<Clock, 'monotonic'>): Cohorts {
  const queues = LEGS.map((): Work[] => [])
  let waiting = 0
  /** Whose time it is, and how many of those who waited for it then are still to come. */
  let at = 0
  let left = 0
  /** When the first work of this turn began; undefined where there was none. */
  let begunAt: number | undefined

  function hasTime(): boolean {
    const now = clock.monotonic()
    if (begunAt === undefined) {
      begunAt = now
      afterTurn(goOn)
    }
    return now - begunAt < SHARE_MS
  }

  function goOn(): void {
    begunAt = undefined
    while (waiting > 0 && hasTime()) next()?.handOn()
  }

  function next(): Work | undefined {
    while (left === 0) {
      at = (at + 1) % queues.length
      left = queues[at]?.length ?? 0
    }
    left -= 1
    waiting -= 1
    return queues[at]?.shift()
  }

  return {
    take(leg, work) {
      if (waiting === 0 && hasTime()) {
        work.handOn()
        return
      }
      queues[LEGS.indexOf(leg)]?.push(work)
      waiting += 1
    },
  }
}
