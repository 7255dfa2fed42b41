import type { Clock, Timer } from '../clock.ts'
import { createServiceTime } from './service-time.ts'
import { createTicket, type Ticket } from './ticket.ts'
import { createTurns, type Turns } from './turns.ts'

/** Why the queue did not let a waiter through. */
export type QueueRefusal =
  /** As many wait as may. */
  | 'full'
  /** It waited longer than it may. */
  | 'timeout'
  /** The server is closing. */
  | 'draining'

/** One that wants a slot. Of `start`, `refuse` and its own leaving exactly one happens; neither may throw. */
export interface Waiter {
  /** Who asks: slots go round between clients. */
  readonly client: string
  /** The load options of its run, and whatever else is better served together. */
  readonly group: string
  /** `background` starts only where no foreground waits, and makes room for it. */
  readonly lane: 'foreground' | 'background'
  /** It has a slot, until it leaves. */
  start(): void
  refuse(reason: QueueRefusal): void
}

/** What is let through to one origin, and who waits for it. */
export interface Queue {
  /** May call `start` or `refuse` before it returns. */
  enter(waiter: Waiter): Ticket
  /** Why a foreground waiter that entered now would be refused within the call; undefined where it would not. */
  findRefusal(): Exclude<QueueRefusal, 'timeout'> | undefined
  /** How many wait. */
  readonly depth: number
  /** How many have a slot. */
  readonly running: number
  /** When one that is refused now may ask again, in whole seconds from 1 to 120, by the measured time of runs. */
  retryAfterSeconds(): number
  /** Refuses everybody who waits, and everybody who comes later. Those with a slot keep it. */
  drain(): void
}

/** The rules of a queue. */
export interface QueueOptions {
  readonly clock: Clock
  /** How many may have a slot at a time; 0: as many as come. */
  readonly concurrency: number
  /** How many may wait. */
  readonly maxDepth: number
  /** How long one may wait, in ms; 0: for ever. */
  readonly maxWaitMs: number
  /** How often one may be passed over by others of the group that was started last; 0: never. */
  readonly groupTurns: number
}

interface Entry {
  readonly waiter: Waiter
  readonly client: string
  readonly group: string
  readonly enteredAt: number
  readonly depthAtEntry: number
  state: 'waiting' | 'running' | 'over'
  /** When it started, or was over without a start. */
  settledAt: number | undefined
  timer: Timer | undefined
}

/**
 * A queue that acts only on events: who gives a slot back starts the next waiter before `leave` returns. Where
 * waiters are started in a row, one that ends inside its `start` frees its slot for the row to go on with, so
 * that a long queue of short runs does not grow the stack.
 */
export function createQueue(options: QueueOptions): Queue {
  return new SlotQueue(options)
}

class SlotQueue implements Queue {
  running = 0
  readonly #options: QueueOptions
  readonly #slots: number
  readonly #lanes: Readonly<Record<Waiter['lane'], Turns<Entry>>>
  readonly #serviceTime = createServiceTime()
  #lastGroup: string | undefined
  #mode: 'open' | 'starting' | 'draining' = 'open'

  constructor(options: QueueOptions) {
    this.#options = options
    this.#slots = options.concurrency === 0 ? Number.POSITIVE_INFINITY : options.concurrency
    this.#lanes = {
      foreground: createTurns(options.groupTurns),
      background: createTurns(options.groupTurns),
    }
  }

  get depth(): number {
    return this.#lanes.foreground.size + this.#lanes.background.size
  }

  enter(waiter: Waiter): Ticket {
    const isFree = this.#mode !== 'draining' && this.depth === 0 && this.running < this.#slots
    const entry = toEntry(waiter, this.#now(), isFree ? 0 : this.#countAhead(waiter.lane) + 1)
    if (isFree) this.#start(entry)
    else if (this.#mode === 'draining') this.#refuse(entry, 'draining')
    else this.#wait(entry)
    return createTicket(
      entry,
      () => this.#now(),
      () => this.#leave(entry),
    )
  }

  findRefusal(): 'full' | 'draining' | undefined {
    if (this.#mode === 'draining') return 'draining'
    if (this.depth === 0 && this.running < this.#slots) return undefined
    return this.#hasRoom() || this.#lanes.background.size > 0 ? undefined : 'full'
  }

  retryAfterSeconds(): number {
    const slots = this.#options.concurrency || 1
    return this.#serviceTime.toRetryAfterSeconds((this.depth + 1) / slots)
  }

  drain(): void {
    this.#mode = 'draining'
    for (let next = this.#takeNext(); next; next = this.#takeNext()) this.#refuse(next, 'draining')
  }

  #now(): number {
    return this.#options.clock.monotonic()
  }

  #start(entry: Entry): void {
    settle(entry, 'running', this.#now())
    this.running += 1
    this.#lastGroup = entry.group
    entry.waiter.start()
  }

  #countAhead(lane: Waiter['lane']): number {
    return lane === 'background' ? this.depth : this.#lanes.foreground.size
  }

  #wait(entry: Entry): void {
    const dropped = this.#hasRoom() ? undefined : this.#chooseDropped(entry)
    if (dropped !== entry) this.#add(entry)
    if (dropped !== undefined) this.#refuse(dropped, 'full')
  }

  /** Whether one more may wait. Slots that are free while a row is being started count as room. */
  #hasRoom(): boolean {
    return this.depth - (this.#slots - this.running) < this.#options.maxDepth
  }

  /** Work that nobody waits for gives its place to a request that somebody does. */
  #chooseDropped(entry: Entry): Entry {
    if (entry.waiter.lane === 'background') return entry
    return this.#lanes.background.takeLast() ?? entry
  }

  #add(entry: Entry): void {
    const { clock, maxWaitMs } = this.#options
    this.#lanes[entry.waiter.lane].add(entry)
    if (maxWaitMs === 0) return
    entry.timer = clock.startTimer(maxWaitMs, () => this.#refuse(entry, 'timeout'))
  }

  #refuse(entry: Entry, reason: QueueRefusal): void {
    this.#lanes[entry.waiter.lane].remove(entry)
    settle(entry, 'over', this.#now())
    entry.waiter.refuse(reason)
  }

  #leave(entry: Entry): void {
    const { state, settledAt = 0 } = entry
    entry.state = 'over'
    if (state === 'waiting') {
      this.#lanes[entry.waiter.lane].remove(entry)
      settle(entry, 'over', this.#now())
    } else if (state === 'running') {
      this.running -= 1
      this.#serviceTime.note(this.#now() - settledAt)
      this.#startWaiting()
    }
  }

  #startWaiting(): void {
    if (this.#mode !== 'open') return
    this.#mode = 'starting'
    try {
      while (this.#isStarting() && this.running < this.#slots) {
        const next = this.#takeNext()
        if (next === undefined) return
        this.#start(next)
      }
    } finally {
      if (this.#isStarting()) this.#mode = 'open'
    }
  }

  /** No longer, once a waiter that was started has drained the queue. */
  #isStarting(): boolean {
    return this.#mode === 'starting'
  }

  #takeNext(): Entry | undefined {
    const { foreground, background } = this.#lanes
    return foreground.take(this.#lastGroup) ?? background.take(this.#lastGroup)
  }
}

function settle(entry: Entry, state: 'running' | 'over', now: number): void {
  entry.state = state
  entry.settledAt = now
  entry.timer?.cancel()
  entry.timer = undefined
}

function toEntry(waiter: Waiter, enteredAt: number, depthAtEntry: number): Entry {
  const { client, group } = waiter
  return {
    waiter,
    client,
    group,
    enteredAt,
    depthAtEntry,
    state: 'waiting',
    settledAt: undefined,
    timer: undefined,
  }
}
