import { constants, platform, setPriority } from 'node:os'
import type { Clock } from '../clock.ts'

/** How long the core is given away for, in ms. */
const YIELD_MS = 0.2
/** And how long it is had before: the time of two rows or three. Of a core that others want this is less than half. */
const SPELL_MS = 0.15
const NOBODY_WAKES = new Int32Array(new SharedArrayBuffer(4))

/** Lets whoever waits for this core have it, for a moment: a thread that sleeps is one that the kernel need not take it from. */
export function yieldCore(): void {
  Atomics.wait(NOBODY_WAKES, 0, 0, YIELD_MS)
}

/** Work in spells, after each of which the core is given away. */
export interface Spells {
  /** The core is had from now on. */
  begin(): void
  /** Gives it away, where it was had for a spell; to be called where the work can wait. */
  readonly spare: () => void
}

/** `yieldCore` gives the core away for a moment. */
export function createSpells(clock: Pick<Clock, 'monotonic'>, yieldCore: () => void): Spells {
  let since = 0
  const begin = (): void => {
    since = clock.monotonic()
  }
  return {
    begin,
    spare() {
      if (clock.monotonic() - since < SPELL_MS) return
      yieldCore()
      begin()
    },
  }
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
