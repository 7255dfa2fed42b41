import { pino } from 'pino'
import type { Clock } from '../clock.ts'
import type { LogOutput } from '../log.ts'

/** Lines that wait for a reader may take so many bytes; what comes then is dropped. */
const WAITING_BYTES = 1024 * 1024

/** Lines of so many bytes are written together, and at once. */
const BATCH_BYTES = 64 * 1024

/**
 * Lines are collected for so long and written together: a write for each, or for each millisecond, costs many
 * times what making the line does, because another thread has to do it and takes the processor.
 */
const COLLECT_MS = 50

/** Standard output as a log writes it, closed until the start line is out. */
export interface GatedOutput extends LogOutput {
  /** Lines that were dropped because the reader was too slow, or had gone. */
  readonly dropped: number
  /** Lets out what was held back, and from now on everything within 50 ms. */
  open(): void
  /** Writes what still waits; for the end of the process. */
  flush(): void
}

/** Where bytes go: as much of a file of sonic-boom as is needed. */
export interface Sink {
  write(text: string): unknown
  flushSync(): void
  on(event: 'drop' | 'error', hear: () => void): unknown
}

/** Standard output, which keeps what its reader does not take, up to 1 MiB. */
export function openStandardOutput(): Sink {
  return pino.destination({ dest: 1, sync: false, maxLength: WAITING_BYTES })
}

/**
 * Standard output without waiting: Node itself writes to a pipe synchronously, so a reader that has
 * stopped reading would stop the server. Lines written before `open` are held, because the start line is
 * the first.
 */
export function createGatedOutput(clock: Pick<Clock, 'startTimer'>, sink: Sink): GatedOutput {
  let lines = ''
  let count = 0
  let dropped = 0
  let isOpen = false
  let isWaiting = false
  // The reader has gone: the lines go nowhere, the server goes on.
  sink.on('error', () => {})
  sink.on('drop', () => {
    dropped += count
  })

  function pass(): void {
    if (lines !== '') sink.write(lines)
    lines = ''
    count = 0
  }

  function wait(): void {
    if (isWaiting) return
    isWaiting = true
    clock.startTimer(COLLECT_MS, () => {
      isWaiting = false
      pass()
    })
  }

  function keep(line: string): void {
    lines += line
    count += 1
  }

  return {
    write(line) {
      if (lines.length + line.length > WAITING_BYTES) dropped += 1
      else keep(line)
      if (!isOpen) return
      if (lines.length >= BATCH_BYTES) pass()
      else wait()
    },
    open() {
      isOpen = true
      pass()
    },
    flush() {
      pass()
      try {
        sink.flushSync()
      } catch {
        // Nobody reads any more.
      }
    },
    get dropped() {
      return dropped
    },
  }
}
