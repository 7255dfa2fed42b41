import { pino } from 'pino'
import type { LogOutput } from '../log.ts'

/** Lines that wait for a reader may take so many bytes; what comes then is dropped. */
const WAITING_BYTES = 1024 * 1024

/** Standard output as a log writes it, closed until the start line is out. */
export interface GatedOutput extends LogOutput {
  /** Lets out what was held back, and from now on everything at once. */
  open(): void
  /** Writes what still waits; for the end of the process. */
  flush(): void
}

/**
 * Standard output without waiting: Node itself writes to a pipe synchronously, so a reader that has
 * stopped reading would stop the server. Lines written before `open` are held, because the start line is
 * the first.
 */
export function createGatedOutput(): GatedOutput {
  const file = pino.destination({ dest: 1, sync: false, maxLength: WAITING_BYTES })
  const held: string[] = []
  let isOpen = false
  // The reader has gone: the lines go nowhere, the server goes on.
  file.on('error', () => {})
  return {
    write(line) {
      if (isOpen) file.write(line)
      else held.push(line)
    },
    open() {
      isOpen = true
      for (const line of held.splice(0)) file.write(line)
    },
    flush() {
      try {
        file.flushSync()
      } catch {
        // Nobody reads any more.
      }
    },
  }
}
