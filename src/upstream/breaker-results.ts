/** So many failures in a row open a breaker. */
const MOST_IN_A_ROW = 5

/** How many of the last results are looked at; more than half of them failures open it too. */
const WINDOW = 20

/** What came of requests to the origin. */
export type Result = 'success' | 'failure'

/** The last results of one origin, and whether they are too bad to go on. */
export interface Results {
  add(result: Result): void
  /** Five failures in a row, or eleven among the last twenty, fewer than twenty known or not. */
  areTooBad(): boolean
  clear(): void
}

/** Knows nothing at first. */
export function createResults(): Results {
  const last: Result[] = []
  return {
    add(result) {
      last.push(result)
      if (last.length > WINDOW) last.shift()
    },
    areTooBad() {
      const failures = last.filter((result) => result === 'failure').length
      return failures > WINDOW / 2 || last.length - 1 - last.lastIndexOf('success') >= MOST_IN_A_ROW
    },
    clear() {
      last.length = 0
    },
  }
}
