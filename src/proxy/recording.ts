import { RepriseError } from '../errors.ts'
import { createNdjsonSplitter } from '../ollama/frames.ts'
import type { ResponseHead, Run, RunSink } from '../upstream/run.ts'
import type { Cursor, FrameSource, SourceEnd, SourceHead } from './frame-source.ts'

/** Bytes a reader may lag behind before the origin is asked to wait, once frames are no longer kept. */
const LAG_LIMIT_BYTES = 1024 * 1024

/** Whether frames are kept for an entry, or dropped as soon as every reader has them. */
export type Capture = 'keep' | 'pass'

/** What a recording needs to know of the world. */
export interface RecordingOptions {
  readonly capture: Capture
  /** Past this many bytes frames are no longer kept, and nothing is stored. */
  readonly maxBytes: number
  /** Called once, when the run has ended, before readers are told. */
  readonly onEnd: (recording: Recording) => void
}

/** Frames being received now: the sink of one run and the source of its readers. */
export interface Recording extends FrameSource {
  /** Where the run writes. */
  readonly sink: RunSink
  /** The run, so that the last reader can end it; given once it has started. */
  attach(run: Run): void
  /** Every frame, where all were kept and the body is made of frames; else undefined. */
  kept(): readonly Buffer[] | undefined
  /** True once the last reader left before the end. */
  readonly isAbandoned: boolean
  /** True where more came than may be kept. */
  readonly isOverflowing: boolean
  /** Whether the end of the transport proves that all came: not where the body ends with the connection. */
  readonly isProvable: boolean
}

interface Reader {
  position: number
  readonly onChange: () => void
}

/** Starts an empty recording. */
export function createRecording(options: RecordingOptions): Recording {
  return new FrameRecording(options)
}

class FrameRecording implements Recording {
  head: SourceHead | undefined
  end: SourceEnd | undefined
  isAbandoned = false
  isOverflowing = false
  isProvable = true
  readonly sink: RunSink
  readonly #options: RecordingOptions
  readonly #splitter = createNdjsonSplitter()
  readonly #readers = new Set<Reader>()
  #frames: Buffer[] = []
  /** Position of the first frame still held. */
  #base = 0
  #heldBytes = 0
  #run: Run | undefined
  #isPaused = false

  constructor(options: RecordingOptions) {
    this.#options = options
    this.sink = {
      onHead: (head) => this.#begin(head),
      onData: (chunk) => this.#receive(chunk),
      onEnd: () => this.#finish({ kind: 'ended' }),
      onFail: (failure) => this.#finish({ kind: 'failed', failure }),
    }
  }

  attach(run: Run): void {
    this.#run = run
    if (this.isAbandoned) run.abort()
  }

  open(onChange: () => void): Cursor {
    // Frames that are gone cannot be read again: a second reader of a passed stream is a fault of ours.
    if (this.#base > 0) throw new RepriseError('internal', 'the first frames are no longer held')
    const reader: Reader = { position: 0, onChange }
    this.#readers.add(reader)
    return { next: () => this.#take(reader), close: () => this.#leave(reader) }
  }

  kept(): readonly Buffer[] | undefined {
    const isWhole = this.#isKeeping() && this.head?.body === 'frames'
    return isWhole ? this.#frames : undefined
  }

  #isKeeping(): boolean {
    return this.#options.capture === 'keep' && !this.isOverflowing
  }

  #begin(head: ResponseHead): void {
    const isFrames = this.#options.capture === 'keep' && head.status === 200 && isNdjson(head)
    this.isProvable = head.framing !== 'close'
    this.head = {
      status: head.status,
      headers: head.headers,
      body: isFrames ? 'frames' : 'opaque',
    }
    this.#tell()
  }

  #receive(chunk: Buffer): void {
    if (this.head?.body === 'frames')
      for (const frame of this.#splitter.push(chunk)) this.#add(frame)
    else this.#add(chunk)
    this.#tell()
    this.#steer()
  }

  #add(frame: Buffer): void {
    this.#frames.push(frame)
    this.#heldBytes += frame.length
    if (this.#heldBytes > this.#options.maxBytes) this.isOverflowing = true
  }

  #finish(end: SourceEnd): void {
    const rest = this.#splitter.rest()
    if (rest.length > 0) this.#add(rest)
    this.end = end
    this.#options.onEnd(this)
    this.#tell()
  }

  #tell(): void {
    for (const reader of this.#readers) reader.onChange()
  }

  #take(reader: Reader): Buffer | undefined {
    const frame = this.#frames[reader.position - this.#base]
    if (frame === undefined) return undefined
    reader.position += 1
    if (!this.#isKeeping()) this.#drop()
    return frame
  }

  /** Lets go of what every reader has, and lets the origin go on. */
  #drop(): void {
    let slowest = this.#base + this.#frames.length
    for (const reader of this.#readers) slowest = Math.min(slowest, reader.position)
    for (const frame of this.#frames.splice(0, slowest - this.#base))
      this.#heldBytes -= frame.length
    this.#base = slowest
    this.#steer()
  }

  /** While frames are kept the origin is read at full speed; otherwise the slowest reader sets the pace. */
  #steer(): void {
    const mustWait = !this.#isKeeping() && this.#heldBytes > LAG_LIMIT_BYTES
    if (mustWait === this.#isPaused) return
    this.#isPaused = mustWait
    if (mustWait) this.#run?.pause()
    else this.#run?.resume()
  }

  #leave(reader: Reader): void {
    this.#readers.delete(reader)
    if (this.#readers.size > 0 || this.end !== undefined) return
    this.isAbandoned = true
    this.#run?.abort()
  }
}

function isNdjson(head: ResponseHead): boolean {
  return head.headers.some(
    ([name, value]) =>
      name.toLowerCase() === 'content-type' && value.startsWith('application/x-ndjson'),
  )
}
