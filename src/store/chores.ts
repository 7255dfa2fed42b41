import type { Clock, Timer } from '../clock.ts'

/** Work that can wait: between two `yield`s it does a step of a millisecond at most. */
export type Chore<T> = Generator<void, T>

/** Does what can wait in small slices, with time for what cannot in between. */
export interface Chores {
  /** Resolves when the chore is done; rejects with what it throws. */
  run<T>(chore: Chore<T>): Promise<T>
  /** Drops all that is not done; their promises stay open. */
  stop(): void
}

/** A slice begins no step after so many ms; with the last step it stays under 5. */
const SLICE_MS = 4

/** Whom chores tell of themselves. */
export interface ChoreHooks {
  /** A slice in which something was done is over. */
  onSlice(): void
  /**
   * Lets whoever waits for the core have it, for a moment: between two steps. Who answers clients on the same core would wait
   * for the whole slice otherwise, or for one of the kernel's (3 to 4 ms).
   */
  yieldCore(): void
}

interface Job {
  /** Does a step; true when it was the last. */
  step(): boolean
}

/** Starts with nothing to do. */
export function createChores(clock: Clock, { onSlice, yieldCore }: ChoreHooks): Chores {
  let jobs: Job[] = []
  let timer: Timer | undefined

  function work(): void {
    timer = undefined
    const startedAt = clock.monotonic()
    do {
      const job = jobs.shift()
      if (job !== undefined && !job.step()) jobs.push(job)
      if (jobs.length > 0) yieldCore()
    } while (jobs.length > 0 && clock.monotonic() - startedAt < SLICE_MS)
    onSlice()
    schedule()
  }

  function schedule(): void {
    if (jobs.length > 0) timer ??= clock.startTimer(0, work)
  }

  return {
    run: (chore) =>
      new Promise((resolve, reject) => {
        const step = (): boolean => {
          try {
            const { done, value } = chore.next()
            if (done) resolve(value)
            return done === true
          } catch (error) {
            reject(error)
            return true
          }
        }
        jobs.push({ step })
        schedule()
      }),
    stop() {
      jobs = []
      timer?.cancel()
    },
  }
}
