import { setFlagsFromString } from 'node:v8'

/**
 * Lets every object begin its life in the young generation. V8 otherwise remembers for each place in the code whether what
 * was made there lived on, and makes it in old space from then on: so it does with entries on their way into memory, and
 * through them, by what stands beside them in one function, with every flight. Such a flight is over after milliseconds,
 * but everything it holds is copied twice and stays until the whole heap is gone through
 * (docs/design/miss-path.md, "What is made in old space").
 *
 * For the whole process; to be called before the first request. A V8 that does not know the flag says so on standard error.
 */
export function makeEverythingYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}
