import { pino } from 'pino'
import type { Clock } from '../clock.ts'
import type { LogOutput } from '../log.ts'

/** Lines that wait for a reader may take so many bytes; what comes then is dropped. */
const WAITING_BYTES = 1024 * 1024

/** Lines of so many bytes are written together, and at once. */
const BATCH_BYTES = 256 * 1024

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
  write(bytes: Buffer): unknown
  flushSync(): void
  on(event: 'drop' | 'error', hear: () => void): unknown
  /** So many bytes have been written. */
  on(event: 'write', hear: (bytes: number) => void): unknown
}

/** Standard output, which keeps what its reader does not take, up to 1 MiB. */
export function openStandardOutput(): Sink {
  const look = { dest: 1, sync: false, maxLength: WAITING_BYTES, contentMode: 'buffer' } as const
  const file = pino.destination(look)
  return {
    // Its types know of strings only.
    write: (bytes) => file.write(bytes as unknown as string),
    flushSync: () => file.flushSync(),
    on: (event: string, hear: (bytes: number) => void) => file.on(event, hear),
  }
}

/** Lines of one write, as bytes. */
interface Batch {
  readonly bytes: Buffer
  size: number
  lines: number
  /** So many bytes have to be written until this one is. */
  endsAt: number
}

/**
 * Standard output without waiting: Node itself writes to a pipe synchronously, so a reader that has
 * stopped reading would stop the server. Lines written before `open` are held, because the start line is
 * the first. Lines become bytes at once: as strings made of pieces they would live until the write, and the
 * collector of garbage would carry all their pieces along.
 */
export function createGatedOutput(clock: Pick<Clock, 'startTimer'>, sink: Sink): GatedOutput {
  return new Output(clock, sink)
}

/** A class: a line is written for every request, and an object with a getter is slow to be looked up in. */
class Output implements GatedOutput {
  dropped = 0
  readonly #clock: Pick<Clock, 'startTimer'>
  readonly #sink: Sink
  #batch = createBatch(BATCH_BYTES)
  /** What was written before the opening, but for the last batch. */
  #held: Batch[] = []
  #heldBytes = 0
  #isOpen = false
  #isWaiting = false
  /** Lines of the write that is being made; none where it was refused. */
  #passing = 0
  /** Bytes that were handed over, and those of them that have been written. */
  #sent = 0
  #written = 0
  /** Batches that were handed over: each is ours again when all of it is written. */
  readonly #lent: Batch[] = []

  constructor(clock: Pick<Clock, 'startTimer'>, sink: Sink) {
    this.#clock = clock
    this.#sink = sink
    // The reader has gone: the lines go nowhere, the server goes on.
    sink.on('error', () => {})
    sink.on('drop', () => {
      this.dropped += this.#passing
      this.#passing = 0
    })
    sink.on('write', (bytes) => {
      this.#written += bytes
    })
  }

  write(line: string): void {
    // No character of a string takes more than three bytes in UTF-8.
    const batch = this.#makeRoom(3 * line.length, line.length)
    if (batch === undefined) return
    this.#note(batch, batch.bytes.write(line, batch.size))
  }

  writeBytes(line: Buffer): void {
    const batch = this.#makeRoom(line.length, line.length)
    if (batch === undefined) return
    batch.bytes.set(line, batch.size)
    this.#note(batch, line.length)
  }

  open(): void {
    this.#isOpen = true
    for (const batch of this.#held) this.#send(batch)
    this.#held = []
    this.#heldBytes = 0
    this.#pass()
  }

  flush(): void {
    this.#pass()
    try {
      this.#sink.flushSync()
    } catch {
      // Nobody reads any more.
    }
  }

  /** The batch for a line of at most and at least so many bytes; undefined where the line has to be dropped. */
  #makeRoom(mostBytes: number, leastBytes: number): Batch | undefined {
    if (this.#batch.size + mostBytes > this.#batch.bytes.length) this.#turn(mostBytes)
    if (this.#heldBytes + this.#batch.size + leastBytes <= WAITING_BYTES) return this.#batch
    this.dropped += 1
    return undefined
  }

  #note(batch: Batch, bytes: number): void {
    batch.size += bytes
    batch.lines += 1
    if (this.#isOpen && !this.#isWaiting) this.#wait()
  }

  /** Begins a new batch that has room for a line; what is in the old one goes, or is held. */
  #turn(bytes: number): void {
    const full = this.#batch
    this.#batch = this.#takeWritten(bytes) ?? createBatch(Math.max(BATCH_BYTES, bytes))
    if (this.#isOpen) {
      this.#send(full)
      this.#lend(full)
    } else {
      this.#held.push(full)
      this.#heldBytes += full.size
    }
  }

  /** As many as may wait for the reader come back; one that was made for a long line does not. */
  #lend(batch: Batch): void {
    if (batch.bytes.length === BATCH_BYTES) this.#lent.push(batch)
  }

  /**
   * The last batch that is written: new memory has to be given by the system, page by page, and so much of it (12 MB a
   * second) makes V8 collect garbage.
   */
  #takeWritten(bytes: number): Batch | undefined {
    const at = this.#lent.findLastIndex(({ endsAt }) => endsAt <= this.#written)
    if (at < 0 || bytes > BATCH_BYTES) return undefined
    const [batch] = this.#lent.splice(at, 1)
    return batch && Object.assign(batch, { size: 0, lines: 0 })
  }

  #pass(): void {
    if (this.#batch.size > 0) this.#turn(0)
  }

  #send(batch: Batch): void {
    const { bytes, size, lines } = batch
    if (size === 0) return
    this.#passing = lines
    this.#sink.write(bytes.subarray(0, size))
    const isTaken = this.#passing > 0
    if (isTaken) this.#sent += size
    // What was refused is nobody's, and ours at once.
    batch.endsAt = isTaken ? this.#sent : 0
  }

  #wait(): void {
    this.#isWaiting = true
    this.#clock.startTimer(COLLECT_MS, () => {
      this.#isWaiting = false
      this.#pass()
    })
  }
}

function createBatch(size: number): Batch {
  return { bytes: Buffer.allocUnsafeSlow(size), size: 0, lines: 0, endsAt: 0 }
}
