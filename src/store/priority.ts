import { constants, platform, setPriority } from 'node:os'

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
