import type { Dispatcher } from 'undici'
import type { Cohorts } from '../cohorts.ts'
import { flatten } from '../http/headers.ts'
import { toFailure, type UpstreamFailure, type UpstreamPhase } from './failure.ts'
import type { RevocableOptions, Revoke } from './revocable-client.ts'

/** Status and headers of an answer, and how the end of its body is proved. */
export interface ResponseHead {
  readonly status: number
  /** As received; repeated headers stand repeatedly. */
  readonly headers: readonly (readonly [string, string])[]
  /** `close`: the body ends when the connection does, which proves nothing. */
  readonly framing: 'chunked' | 'length' | 'close'
}

/** Where a run writes what comes. After `onEnd` or `onFail`, of which exactly one is called, nothing follows. */
export interface RunSink {
  /** The connection stands, and the request is being sent. */
  onSent?(): void
  onHead(head: ResponseHead): void
  /** What came in one read, cut as the origin cut it; at least one piece. */
  onData(pieces: readonly Buffer[]): void
  /** The transport ended properly. */
  onEnd(): void
  onFail(failure: UpstreamFailure): void
}

/** A request on its way. */
export interface Run {
  /** How far it has come. */
  readonly phase: UpstreamPhase
  /** Closes the connection at once, in every phase; the sink then hears `aborted`. */
  abort(): void
  pause(): void
  resume(): void
}

/** What is sent. */
export interface RunRequest {
  readonly method: string
  /** Path with query, sent as it is. */
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer | undefined
}

/** What requests are sent through, and with what else their answers are dealt with. */
export interface RunWay {
  readonly dispatcher: Dispatcher
  readonly origin: string
  readonly cohorts: Cohorts
}

/** Sends a request, its answer into the sink. */
export function startRun(
  { dispatcher, origin, cohorts }: RunWay,
  request: RunRequest,
  sink: RunSink,
): Run {
  const handler = new RunHandler(sink, cohorts)
  const options: RevocableOptions = {
    origin,
    path: request.path,
    method: request.method as Dispatcher.HttpMethod,
    headers: flatten(request.headers),
    body: request.body ?? null,
    // Nothing is sent twice: whether a run may be repeated is not the transport's to decide.
    idempotent: false,
    onDispatch: (revoke) => handler.onDispatch(revoke),
  }
  dispatcher.dispatch(options, handler)
  return handler
}

/**
 * undici's events in, ours out: a class, because undici asks for an object with these methods. They
 * are its older set, which hands over the header bytes as they were received.
 */
class RunHandler implements Run, Dispatcher.DispatchHandler {
  readonly #sink: RunSink
  readonly #cohorts: Cohorts
  #phase: UpstreamPhase = 'connecting'
  /** Closes the connection, or ends its making. */
  #abort: ((error: Error) => void) | undefined
  #resume: (() => void) | undefined
  #isPaused = false
  #isOver = false
  /** The last byte has come. */
  #isComplete = false
  /** Waits for its time already, for all that comes until then. */
  #isQueued = false
  /** The head, until it is handed on. */
  #head: ResponseHead | undefined
  /** What came in this read of the socket and has not been handed on. */
  #pieces: Buffer[] = []

  constructor(sink: RunSink, cohorts: Cohorts) {
    this.#sink = sink
    this.#cohorts = cohorts
  }

  get phase(): UpstreamPhase {
    return this.#phase
  }

  abort(): void {
    if (this.#isOver) return
    const error = new DOMException('given up', 'AbortError')
    this.#fail({ reason: 'aborted', phase: this.#phase, cause: error })
    this.#abort?.(error)
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#resume?.()
  }

  onDispatch(revoke: Revoke): void {
    this.#abort = revoke
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#abort = abort
    // Given up in the very moment the connection stood: undici asks before it sends.
    if (this.#isOver) abort(new DOMException('given up', 'AbortError'))
    else {
      this.#phase = 'sent'
      this.#sink.onSent?.()
    }
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void): boolean {
    this.#resume = resume
    // 1xx answers come before the one that counts.
    if (!this.#isOver && status >= 200) {
      this.#phase = 'body'
      this.#head = toHead(status, raw)
      process.nextTick(handOnLater, this)
    }
    return !this.#isPaused
  }

  onData(chunk: Buffer): boolean {
    if (this.#isOver) return true
    if (this.#pieces.length === 0) process.nextTick(handOnLater, this)
    this.#pieces.push(chunk)
    return !this.#isPaused
  }

  /**
   * A read of the socket is handed on at once, in the turn in which it was read where that has time: an origin that
   * is fast, or that was waited for, has many transfer chunks in it, and each call goes through everything behind.
   */
  handOn(): void {
    this.#isQueued = false
    if (this.#isOver) return
    const hadMore = this.#hasMore
    const head = this.#head
    this.#head = undefined
    if (head !== undefined) this.#sink.onHead(head)
    this.#handOnPieces()
    if (!this.#isComplete || this.#isOver) return
    if (hadMore) this.queue()
    else {
      this.#isOver = true
      this.#sink.onEnd()
    }
  }

  #handOnPieces(): void {
    const pieces = this.#pieces
    if (pieces.length === 0 || this.#isOver) return
    this.#pieces = []
    this.#sink.onData(pieces)
  }

  get #hasMore(): boolean {
    return this.#head !== undefined || this.#pieces.length > 0
  }

  /** Waits for its time with others, where there is anything to hand on, or the end to be told. */
  queue(): void {
    const hasMore = this.#hasMore
    if (this.#isQueued || this.#isOver || !(hasMore || this.#isComplete)) return
    this.#isQueued = true
    this.#cohorts.take(hasMore ? 'record' : 'conclude', this)
  }

  onComplete(): void {
    this.#isComplete = true
    this.queue()
  }

  onError(error: Error): void {
    this.handOn()
    this.#fail(toFailure(error, this.#phase))
  }

  #fail(failure: UpstreamFailure): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#sink.onFail(failure)
  }
}

function handOnLater(run: RunHandler): void {
  run.queue()
}

function toHead(status: number, raw: readonly Buffer[]): ResponseHead {
  const headers: [string, string][] = []
  let framing: ResponseHead['framing'] = 'close'
  for (let i = 0; i + 1 < raw.length; i += 2) {
    // HTTP/1 header bytes are ISO 8859-1 (RFC 9110 §5.5).
    const name = raw[i]?.toString('latin1') ?? ''
    const lower = name.toLowerCase()
    if (lower === 'content-length') framing = 'length'
    if (lower === 'transfer-encoding') framing = 'chunked'
    headers.push([name, raw[i + 1]?.toString('latin1') ?? ''])
  }
  return { status, headers, framing }
}
