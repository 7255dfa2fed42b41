import type { ServerResponse } from 'node:http'
import type { Timer } from '../clock.ts'
import type { Cohorts, Work } from '../cohorts.ts'
import { RepriseError } from '../errors.ts'
import { isFrameRoute, rulesOf, TAIL_FRAMES } from '../ollama/frame-rules.ts'
import type { UpstreamFailure } from '../upstream/failure.ts'
import { toAnswerHeaders } from './answer-headers.ts'
import { type Batches, createBatches } from './batches.ts'
import type { Exchange, Step } from './exchange.ts'
import type { Cursor, FrameSource, Frames, SourceEnd, SourceHead } from './frame-source.ts'
import { createFrameWriter, type FrameWriter } from './frame-writer.ts'
import { isReady, type PreparedOptions, sendDirectly, sendReady } from './prepared.ts'
import { endWatched, startStall } from './stall.ts'
import { isWholeWanted, toWholeAnswer } from './whole.ts'

/** What the step needs of the rest. */
export interface DeliverOptions extends PreparedOptions {
  readonly cohorts: Cohorts
  /** The sentence a client reads when the origin could not be reached. */
  toFailureMessage(failure: UpstreamFailure): string
  /** From 0 to below 1. */
  readonly random: () => number
}

/** Sends the source to the client, as frames or as one answer, and ends when the connection is done with it. */
export function createDeliverStep(given: DeliverOptions): Step {
  const options = { ...given, batches: createBatches() }
  return (exchange) => {
    const { source, response } = exchange
    if (source === undefined || response.destroyed) return 'done'
    const direct = sendDirectly(exchange, source, options)
    if (direct === 'taken') return 'done'
    return new Promise((resolve, reject) => {
      response.once('close', () => resolve('done'))
      if (direct === 'waiting') return
      if (isReady(exchange, source)) return sendReady(exchange, source, options)
      new Delivery(exchange, source, options, reject).start()
    })
  }
}

interface DeliveryOptions extends DeliverOptions {
  readonly batches: Batches
}

/** How much of a backlog is put into one write, in bytes. */
const BATCH_BYTES = 16 * 1024

/** One answer on its way: moved by the source's changes and by the socket's `drain`. */
class Delivery implements Work {
  readonly #exchange: Exchange
  readonly #source: FrameSource
  readonly #options: DeliveryOptions
  readonly #fail: (error: RepriseError) => void
  readonly #response: ServerResponse
  readonly #writer: FrameWriter
  readonly #isWhole: boolean
  readonly #collected: Frames[] = []
  #cursor: Cursor | undefined
  /** What came last, in its order. */
  readonly #last: Frames[] = []
  #stall: Timer | undefined
  #isBlocked = false
  #isDue = false
  #isOver = false

  constructor(
    exchange: Exchange,
    source: FrameSource,
    options: DeliveryOptions,
    fail: (error: RepriseError) => void,
  ) {
    this.#exchange = exchange
    this.#source = source
    this.#options = options
    this.#fail = fail
    this.#response = exchange.response
    this.#isWhole = isWholeWanted(exchange)
    this.#writer = createFrameWriter(exchange.response, options.batches)
  }

  start(): void {
    this.#cursor = this.#source.open(() => this.#hear())
    this.#response.on('drain', () => {
      this.#stall?.cancel()
      this.#isBlocked = false
      this.#move()
    })
    this.#response.once('close', () => {
      this.#isOver = true
      this.#stall?.cancel()
      this.#cursor?.close()
    })
    this.#move()
  }

  /**
   * What has come until its time comes goes in one write: where many ride along, or ask at once, and the processor is what
   * there is too little of, each write counts.
   */
  #hear(): void {
    if (this.#isDue) return
    this.#isDue = true
    this.#options.cohorts.take('deliver', this)
  }

  handOn(): void {
    this.#isDue = false
    this.#move()
  }

  #move(): void {
    const { head } = this.#source
    if (this.#isOver) return
    if (head !== undefined) this.#pump(head)
    if (this.#source.end !== undefined && !this.#isBlocked) this.#finish(head)
  }

  #pump(head: SourceHead): void {
    while (!this.#isBlocked) {
      const frames = this.#takeBatch()
      if (frames.length === 0) break
      this.#exchange.timings.firstFrameAt ??= this.#options.clock.monotonic()
      this.#keep(frames)
      if (this.#isWhole) this.#collected.push(...frames)
      else this.#write(head, frames)
    }
    // Headers go as soon as they come: a stream's status must not wait for its first frame.
    if (!this.#isWhole && !this.#response.headersSent && this.#source.end === undefined) {
      this.#begin(head)
      this.#writer.flush()
    }
  }

  /** Until more frames than the last have come behind them. */
  #keep(frames: readonly Frames[]): void {
    this.#last.push(...frames.slice(-TAIL_FRAMES))
    while (this.#last.length > TAIL_FRAMES) this.#last.shift()
  }

  /** What there is, up to the size of one write: who joins late gets the backlog in a few. */
  #takeBatch(): Frames[] {
    const taken: Frames[] = []
    for (let size = 0; size < BATCH_BYTES; ) {
      const frames = this.#cursor?.next()
      if (frames === undefined) break
      taken.push(frames)
      size += frames.size
    }
    return taken
  }

  #begin(head: SourceHead): void {
    const lines = toAnswerHeaders(this.#exchange, head, this.#options.clock)
    this.#exchange.sent.status = head.status
    this.#writer.begin(head, lines)
  }

  #write(head: SourceHead, frames: readonly Frames[]): void {
    if (!this.#response.headersSent) this.#begin(head)
    for (const { size } of frames) this.#exchange.sent.bytes += size
    if (!this.#writer.write(frames)) this.#block()
  }

  #block(): void {
    this.#isBlocked = true
    this.#stall = startStall(this.#response, this.#options)
  }

  #finish(head: SourceHead | undefined): void {
    const { end } = this.#source
    this.#isOver = true
    this.#cursor?.close()
    this.#readTotals()
    if (end !== undefined && end.kind !== 'ended') this.#break(end)
    else if (head !== undefined && this.#isWhole) this.#sendWhole(head)
    else this.#close(head)
  }

  #readTotals(): void {
    const { question } = this.#exchange
    // The frames may be in the client's words already, or still in those of the run.
    const route = this.#isWhole ? question?.route : this.#exchange.path
    if (question === undefined || route === undefined || !isFrameRoute(route)) return
    const rules = rulesOf(route)
    const totals = this.#source.totals?.(rules) ?? rules.readTotals(this.#listTail())
    this.#exchange.totals = totals
    this.#exchange.endedIn = totals.doneReason
  }

  #listTail(): Buffer[] {
    return this.#last.flatMap((frames) => frames.list(TAIL_FRAMES)).slice(-TAIL_FRAMES)
  }

  #close(head: SourceHead | undefined): void {
    if (head !== undefined && !this.#response.headersSent) this.#begin(head)
    endWatched(this.#response, this.#writer.ending, this.#options)
  }

  /** A cut stays a cut: what came is flushed, and the last chunk is never sent. */
  #break(end: Exclude<SourceEnd, { kind: 'ended' }>): void {
    if (this.#response.headersSent) {
      this.#exchange.outcome = { kind: 'error', status: this.#exchange.sent.status }
      this.#response.socket?.destroySoon()
      return
    }
    this.#fail(end.kind === 'refused' ? end.error : this.#toError(end.failure))
  }

  #toError(failure: UpstreamFailure): RepriseError {
    const code = this.#source.head === undefined ? 'upstream-unreachable' : 'upstream-cut'
    const message = this.#options.toFailureMessage(failure)
    return new RepriseError(code, message, failure.cause, { fault: failure.reason })
  }

  #sendWhole(head: SourceHead): void {
    const { clock, random } = this.#options
    const collected = { pieces: this.#collected, spans: this.#source.spans?.() }
    const { status, headers, body } = toWholeAnswer(this.#exchange, head, collected, {
      now: clock.now(),
      random,
    })
    const lines = toAnswerHeaders(this.#exchange, { ...head, headers }, clock)
    lines.push('Content-Length', String(body.length))
    this.#exchange.sent = { status, bytes: body.length }
    this.#response.writeHead(status, lines)
    endWatched(this.#response, body, this.#options)
  }
}
