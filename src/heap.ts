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

/** How much old space may grow before V8 goes through it, in hundredths of what lived in it the last time. */
const GROWTH_PERCENT = 40

/**
 * Lets V8 go through the whole heap when it has grown by two fifths. By itself it waits for twice as much and more where entries
 * come and go, and the process is as large as the largest heap there was: under a million misses between 300 and 400 MiB, and with
 * this 240. Measured in turns it costs nothing (docs/design/miss-path.md, "What is made in old space").
 *
 * For the whole process; to be called before the first request.
 */
export function keepOldSpaceSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`)
}
