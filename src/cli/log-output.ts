import { pino } from 'pino'
import type { Clock } from '../clock.ts'
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

/** Lines are collected for so long and written together: a write for each costs more than making the line. */
const COLLECT_MS = 1

/**
 * Standard output without waiting: Node itself writes to a pipe synchronously, so a reader that has
 * stopped reading would stop the server. Lines written before `open` are held, because the start line is
 * the first.
 */
export function createGatedOutput(clock: Pick<Clock, 'startTimer'>): GatedOutput {
  const file = pino.destination({ dest: 1, sync: false, maxLength: WAITING_BYTES })
  let lines = ''
  let isOpen = false
  let isWaiting = false
  // The reader has gone: the lines go nowhere, the server goes on.
  file.on('error', () => {})

  function pass(): void {
    isWaiting = false
    if (lines !== '') file.write(lines)
    lines = ''
  }

  return {
    write(line) {
      lines += line
      if (!isOpen || isWaiting) return
      isWaiting = true
      clock.startTimer(COLLECT_MS, pass)
    },
    open() {
      isOpen = true
      pass()
    },
    flush() {
      pass()
      try {
        file.flushSync()
      } catch {
        // Nobody reads any more.
      }
    },
  }
}
