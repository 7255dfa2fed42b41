import { constants, platform, setPriority } from 'node:os'

/** Twice as long as a row takes: of a core that others want, a writer of single rows takes a third at most. In ms. */
const YIELD_MS = 0.2
const NOBODY_WAKES = new Int32Array(new SharedArrayBuffer(4))

/** Lets whoever waits for this core have it, for a moment: a thread that sleeps is one that the kernel need not take it from. */
export function yieldCore(): void {
  Atomics.wait(NOBODY_WAKES, 0, 0, YIELD_MS)
}

/**
 * Lets every other thread of the machine go first, from now on and for good: for work that nobody waits for. Only Linux
 * does that thread by thread (setpriority(2): 0 is the calling thread); elsewhere it would be the whole process, and nothing is done.
 */
export function giveWay(): void {
  if (platform() !== 'linux') return
  try {
    setPriority(constants.priority.PRIORITY_LOW)
  } catch {
    // Not allowed here: then it takes its turns like everybody else.
  }
}
