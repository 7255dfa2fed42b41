import { setFlagsFromString } from 'node:v8'

/**
 * Lets every object begin its life in the young generation. V8 otherwise remembers for each place in the code whether what
 * was made there lived on, and makes it in old space from then on. Seconds into a load without a pause every flight was
 * kept through that: over after milliseconds, all that it held was copied twice and stayed until the whole heap was gone
 * through (docs/design/miss-path.md, "What is made in old space").
 *
 * For the whole process; to be called before the first request. A V8 that does not know the flag says so on standard error.
 */
export function makeEverythingYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}
