import type { UpstreamFailureReason, UpstreamPhase } from '../../../src/upstream/failure.ts'
import type { Run, RunRequest, RunSink } from '../../../src/upstream/run.ts'
import { toFailure } from './machine.ts'

/** What Ollama says when its queue is full. */
export const BUSY = '{"error":"server busy, please try again.  maximum pending requests exceeded"}'

/** A run that goes as the test says. As with the real one, nothing is heard of it after its end. */
export class FakeRun implements Run {
  phase: UpstreamPhase = 'connecting'
  /** Every byte of the body that the origin has written. */
  produced = ''
  end: 'finished' | 'failed' | 'aborted' | undefined
  isPaused = false
  readonly #request: RunRequest
  readonly #sink: RunSink

  constructor(request: RunRequest, sink: RunSink) {
    this.#request = request
    this.#sink = sink
  }

  get isLive(): boolean {
    return this.end === undefined
  }

  /** The model as the request that was sent names it, which the origin echoes. */
  get model(): string {
    return JSON.parse(this.#request.body?.toString() ?? '{}').model
  }

  connect(): void {
    if (this.phase === 'connecting') this.phase = 'sent'
  }

  head(status = 200): void {
    if (!this.isLive) return
    this.phase = 'body'
    const type = status === 200 ? 'application/x-ndjson' : 'application/json; charset=utf-8'
    this.#sink.onHead({ status, headers: [['Content-Type', type]], framing: 'chunked' })
  }

  data(text: string): void {
    if (!this.isLive) return
    this.produced += text
    this.#sink.onData([Buffer.from(text)])
  }

  finish(): void {
    if (!this.isLive) return
    this.end = 'finished'
    this.#sink.onEnd()
  }

  fail(reason: UpstreamFailureReason): void {
    if (!this.isLive) return
    this.end = reason === 'aborted' ? 'aborted' : 'failed'
    this.#sink.onFail(toFailure(reason))
  }

  /** Ollama's own 503, from its head to its end. */
  refuse(): void {
    this.head(503)
    this.data(BUSY)
    this.finish()
  }

  abort(): void {
    this.fail('aborted')
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }
}
