import type { ServerResponse } from 'node:http'
import type { Clock } from '../clock.ts'
import { RepriseError } from '../errors.ts'
import { readTotals } from '../ollama/completeness.ts'
import { foldFrames, type NativeRoute } from '../ollama/fold.ts'
import type { UpstreamFailure } from '../upstream/failure.ts'
import { toAnswerHeaders } from './answer-headers.ts'
import type { Exchange, Step } from './exchange.ts'
import type { Cursor, FrameSource, SourceHead } from './frame-source.ts'

/** What the step needs of the rest. */
export interface DeliverOptions {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  /** The sentence a client reads when the origin could not be reached. */
  toFailureMessage(failure: UpstreamFailure): string
}

/** Sends the source to the client, as frames or as one answer, and ends when the connection is done with it. */
export function createDeliverStep(options: DeliverOptions): Step {
  return (exchange) => {
    const { source } = exchange
    if (source === undefined) return 'done'
    exchange.reply.hijack()
    return new Promise((resolve, reject) => {
      const response = exchange.reply.raw
      response.once('close', () => resolve('done'))
      if (response.destroyed) return resolve('done')
      if (isReady(exchange, source)) return sendReady(exchange, source, options)
      new Delivery(exchange, source, options, reject).start()
    })
  }
}

/** HTTP/1.0 has no chunks, so it cannot take bytes that are framed so already. */
function isReady(exchange: Exchange, { prepared }: FrameSource): boolean {
  if (prepared === undefined) return false
  return prepared.framing === 'length' || exchange.request.raw.httpVersionMinor >= 1
}

/** One write: head and body are both known, and the body holds its own transfer chunks. */
function sendReady(exchange: Exchange, source: FrameSource, options: DeliverOptions): void {
  const response = exchange.reply.raw
  const { head, prepared } = source
  if (head === undefined || prepared === undefined) return
  const lines = toAnswerHeaders(exchange, head, options.clock.now())
  const { bytes, framing } = prepared
  if (framing === 'chunked') lines.push('Transfer-Encoding', 'chunked')
  else lines.push('Content-Length', String(bytes.length))
  response.writeHead(head.status, lines)
  // Node would frame the chunks a second time: the header stands, the framing is ours.
  response.chunkedEncoding = false
  noteFirstFrame(exchange, options)
  exchange.sent = { status: head.status, bytes: bytes.length }
  response.end(bytes)
}

function noteFirstFrame(exchange: Exchange, options: DeliverOptions): void {
  exchange.timings.firstFrameAt ??= options.clock.monotonic()
}

/** One answer on its way: moved by the source's changes and by the socket's `drain`. */
class Delivery {
  readonly #exchange: Exchange
  readonly #source: FrameSource
  readonly #options: DeliverOptions
  readonly #fail: (error: RepriseError) => void
  readonly #response: ServerResponse
  readonly #collected: Buffer[] = []
  #cursor: Cursor | undefined
  #last: Buffer | undefined
  #isBlocked = false
  #isOver = false

  constructor(
    exchange: Exchange,
    source: FrameSource,
    options: DeliverOptions,
    fail: (error: RepriseError) => void,
  ) {
    this.#exchange = exchange
    this.#source = source
    this.#options = options
    this.#fail = fail
    this.#response = exchange.reply.raw
  }

  start(): void {
    this.#cursor = this.#source.open(() => this.#move())
    this.#response.on('drain', () => {
      this.#isBlocked = false
      this.#move()
    })
    this.#response.once('close', () => {
      this.#isOver = true
      this.#cursor?.close()
    })
    this.#move()
  }

  #move(): void {
    const { head } = this.#source
    if (this.#isOver) return
    if (head !== undefined) this.#pump(head)
    if (this.#source.end !== undefined && !this.#isBlocked) this.#finish(head)
  }

  #pump(head: SourceHead): void {
    const isWhole = this.#isWhole()
    while (!this.#isBlocked) {
      const frame = this.#cursor?.next()
      if (frame === undefined) break
      noteFirstFrame(this.#exchange, this.#options)
      this.#last = frame
      if (isWhole) this.#collected.push(frame)
      else this.#write(head, frame)
    }
    // Headers go as soon as they come: a stream's status must not wait for its first frame.
    if (!isWhole && !this.#response.headersSent && this.#source.end === undefined) {
      this.#begin(head)
      this.#response.flushHeaders()
    }
  }

  /** A client that asked for the whole answer, of a run that was asked to stream. */
  #isWhole(): boolean {
    const { identity, question } = this.#exchange
    return identity !== undefined && question?.reading.whole === 'whole'
  }

  #begin(head: SourceHead): void {
    const lines = toAnswerHeaders(this.#exchange, head, this.#options.clock.now())
    this.#exchange.sent.status = head.status
    this.#response.writeHead(head.status, lines)
  }

  #write(head: SourceHead, frame: Buffer): void {
    if (!this.#response.headersSent) this.#begin(head)
    const isFirst = this.#exchange.sent.bytes === 0
    this.#exchange.sent.bytes += frame.length
    this.#isBlocked = !this.#response.write(frame)
    // Node holds what is written until the end of the turn: a burst of frames would keep the first one waiting.
    if (isFirst) this.#response.socket?.uncork()
  }

  #finish(head: SourceHead | undefined): void {
    const { end } = this.#source
    this.#isOver = true
    this.#cursor?.close()
    if (this.#last !== undefined && this.#exchange.question !== undefined) {
      this.#exchange.endedIn = readTotals(this.#last).doneReason
    }
    if (end?.kind === 'failed') this.#break(end.failure)
    else if (head !== undefined && this.#isWhole()) this.#sendWhole(head)
    else {
      if (head !== undefined && !this.#response.headersSent) this.#begin(head)
      this.#response.end()
    }
  }

  /** A cut stays a cut: what came is flushed, and the last chunk is never sent. */
  #break(failure: UpstreamFailure): void {
    if (this.#response.headersSent) {
      this.#exchange.outcome = { kind: 'error', status: this.#exchange.sent.status }
      this.#response.socket?.destroySoon()
      return
    }
    const code = this.#source.head === undefined ? 'upstream-unreachable' : 'upstream-cut'
    const message = this.#options.toFailureMessage(failure)
    this.#fail(new RepriseError(code, message, failure.cause))
  }

  #sendWhole(head: SourceHead): void {
    const { status, contentType, body } = this.#toWhole(head)
    const kept = head.headers.filter(([name]) => !isFraming(name))
    const headers = [['Content-Type', contentType] as const, ...kept]
    const lines = toAnswerHeaders(this.#exchange, { ...head, headers }, this.#options.clock.now())
    lines.push('Content-Length', String(body.length))
    this.#exchange.sent = { status, bytes: body.length }
    this.#response.writeHead(status, lines)
    this.#response.end(body)
  }

  #toWhole(head: SourceHead): { status: number; contentType: string; body: Buffer } {
    if (head.body === 'frames') {
      const hasTools = this.#exchange.question?.document.members.has('tools')
      const route = this.#exchange.path as NativeRoute
      return foldFrames(route, this.#collected, hasTools ? 'tools' : 'no-tools')
    }
    // A single object instead of a stream: an error before the first token.
    return {
      status: head.status,
      contentType: toWholeType(head),
      body: Buffer.concat(this.#collected),
    }
  }
}

/** Ollama's whole answers say the charset, its streamed errors do not (corpus 139 against 140). */
function toWholeType(head: SourceHead): string {
  const type = head.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
  return type.startsWith('application/json') ? 'application/json; charset=utf-8' : type
}

function isFraming(name: string): boolean {
  const lower = name.toLowerCase()
  return lower === 'content-length' || lower === 'content-type'
}
