/** The place of one waiter. */
export interface Ticket {
  /** From entering to starting, refusal or leaving, in ms; so far where none of them has happened. */
  readonly waitedMs: number
  /** Its place when it entered, 1 for the next to start; 0: started at once. */
  readonly depthAtEntry: number
  /** Leaves the queue where it waits, gives the slot back where it runs; else nothing. */
  leave(): void
}

/** What a ticket tells of; instants are monotonic, in ms. */
interface Waited {
  readonly enteredAt: number
  readonly depthAtEntry: number
  /** When it started, or was over without a start. */
  readonly settledAt: number | undefined
}

/** The ticket of one that waits, or waited. */
export function createTicket(waited: Waited, now: () => number, leave: () => void): Ticket {
  return new QueueTicket(waited, now, leave)
}

/** A class for the sake of its getter: an object literal with one has a shape of its own each time. */
class QueueTicket implements Ticket {
  readonly depthAtEntry: number
  readonly leave: () => void
  readonly #waited: Waited
  readonly #now: () => number

  constructor(waited: Waited, now: () => number, leave: () => void) {
    this.#waited = waited
    this.#now = now
    this.depthAtEntry = waited.depthAtEntry
    this.leave = leave
  }

  get waitedMs(): number {
    return (this.#waited.settledAt ?? this.#now()) - this.#waited.enteredAt
  }
}
