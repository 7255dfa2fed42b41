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

interface Job {
  /** Does a step; true when it was the last. */
  step(): boolean
}

/** `onSlice` is called after each slice in which something was done. */
export function createChores(clock: Clock, onSlice: () => void): Chores {
  let jobs: Job[] = []
  let timer: Timer | undefined

  function work(): void {
    timer = undefined
    const startedAt = clock.monotonic()
    do {
      const job = jobs.shift()
      if (job !== undefined && !job.step()) jobs.push(job)
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
