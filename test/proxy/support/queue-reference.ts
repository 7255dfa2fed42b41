import type { QueueOptions } from '../../../src/proxy/queue.ts'

/** One waiter of the reference, and all that is known of it. */
export interface Waiting {
  readonly name: number
  readonly client: string
  readonly group: string
  readonly lane: 'foreground' | 'background'
  readonly enteredAt: number
  /** How often others of the group that was started last went first. */
  passes: number
}

/**
 * The queue once more, as plainly as it can be said: one list of those who wait, sorted anew for every
 * question. `events` is what must happen, in order.
 */
export function createReference(options: Omit<QueueOptions, 'clock'>) {
  const events: string[] = []
  const running = new Set<number>()
  /** The seat of each client that waits; the lowest is next, and who was served takes a new one. */
  const seats = new Map<string, number>()
  let waiting: Waiting[] = []
  let lastGroup: string | undefined
  let nextSeat = 0
  let isDraining = false
  const slots = options.concurrency === 0 ? Number.POSITIVE_INFINITY : options.concurrency

  const seatName = ({ lane, client }: Waiting): string => `${lane} ${client}`

  /** By the place among those of the same client, then by the client's seat. */
  function sortByTurn(lane: Waiting['lane']): Waiting[] {
    const inLane = waiting.filter((each) => each.lane === lane)
    const place = (one: Waiting): number =>
      inLane.filter((each) => each.client === one.client).indexOf(one)
    const seat = (one: Waiting): number => seats.get(seatName(one))!
    return inLane.toSorted((a, b) => place(a) - place(b) || seat(a) - seat(b))
  }

  function takeOut(one: Waiting): void {
    waiting = waiting.filter((each) => each !== one)
    if (!waiting.some((each) => seatName(each) === seatName(one))) seats.delete(seatName(one))
  }

  function pick(order: readonly Waiting[]): Waiting {
    const at = order.findIndex((each) => each.group === lastGroup)
    const before = order.slice(0, Math.max(at, 0))
    if (at < 0 || before.some(({ passes }) => passes >= options.groupTurns)) return order[0]!
    for (const passed of before) passed.passes += 1
    return order[at]!
  }

  function start(one: Waiting): void {
    running.add(one.name)
    lastGroup = one.group
    events.push(`${one.name} starts`)
  }

  function startWaiting(): void {
    while (running.size < slots && waiting.length > 0) {
      const foreground = sortByTurn('foreground')
      const next = pick(foreground.length > 0 ? foreground : sortByTurn('background'))
      const isOldest = waiting.find((each) => seatName(each) === seatName(next)) === next
      takeOut(next)
      if (isOldest && seats.has(seatName(next))) seats.set(seatName(next), nextSeat++)
      start(next)
    }
  }

  function refuse(one: Waiting, reason: string): void {
    takeOut(one)
    events.push(`${one.name} ${reason}`)
  }

  function wait(one: Waiting): void {
    const dropped = one.lane === 'foreground' ? sortByTurn('background').at(-1) : undefined
    const isFull = waiting.length >= options.maxDepth
    if (!isFull || dropped !== undefined) {
      waiting.push(one)
      if (!seats.has(seatName(one))) seats.set(seatName(one), nextSeat++)
    }
    if (isFull) refuse(dropped ?? one, 'full')
  }

  return {
    events,
    running,
    get depth() {
      return waiting.length
    },
    enter(given: Omit<Waiting, 'passes'>): void {
      const one = { ...given, passes: 0 }
      if (isDraining) refuse(one, 'draining')
      else if (running.size < slots) start(one)
      else wait(one)
    },
    leave(name: number): void {
      const one = waiting.find((each) => each.name === name)
      if (one !== undefined) takeOut(one)
      if (running.delete(name)) startWaiting()
    },
    reach(now: number): void {
      if (options.maxWaitMs === 0) return
      for (const one of waiting)
        if (one.enteredAt + options.maxWaitMs <= now) refuse(one, 'timeout')
    },
    drain(): void {
      isDraining = true
      const order = [...waiting]
      for (const one of order) refuse(one, 'draining')
    },
  }
}
