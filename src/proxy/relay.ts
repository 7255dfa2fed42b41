import type { Readable } from 'node:stream'
import type { UpstreamFailure } from '../upstream/failure.ts'
import type { ResponseHead, Run, RunSink } from '../upstream/run.ts'
import type { Exchange, Handover, Step } from './exchange.ts'
import { toForwardedHeaders } from './forwarded.ts'
import { createRecording, type Recording } from './recording.ts'

/** What the step needs of the rest. */
export interface RelayOptions {
  /** Our name in `Via`. */
  readonly pseudonym: string
  /** Names the fault behind an error of the transport. */
  toFailure(error: unknown, phase: UpstreamFailure['phase']): UpstreamFailure
  /**
   * Called when a call that can change what a model name stands for has succeeded. Its client hears of it only
   * when the promise is settled, where there is one: other processes may have to be told.
   */
  onModelsChanged(): Promise<void> | undefined
  /** Called when the origin has answered anything at all. */
  onAnswered(): void
  /** Called for each request that the origin failed. */
  onFailed(failure: UpstreamFailure): void
}

/** Hands the request through as a stream, unread: everything that is not an inference run. */
export function createRelayStep(options: RelayOptions): Step {
  return (exchange) => {
    const recording = createRecording({
      capture: 'pass',
      rules: undefined,
      maxBytes: Number.POSITIVE_INFINITY,
      onPace: (pace) => (pace === 'wait' ? run?.pause() : run?.resume()),
    })
    let run: Run | undefined
    exchange.source = recording
    return new Promise((resolve) => {
      // reply-from reports errors only while the reply is still its own: delivery waits for its word.
      const deliver = (): void => {
        relay.release()
        resolve('deliver')
      }
      const sink = toSink(exchange, recording, { ...options, tell: deliver })
      const relay = startRelay(exchange, sink, options)
      run = relay
      exchange.response.once('close', () => {
        run?.abort()
        deliver()
      })
    })
  }
}

/** Into the recording, telling when the origin has said something, or that it will not. */
function toSink(
  exchange: Exchange,
  recording: Recording,
  options: RelayOptions & { tell(): void },
): RunSink {
  const { tell } = options
  return {
    onHead(head) {
      options.onAnswered()
      recording.begin(head)
      tell()
    },
    onData: (pieces) => recording.receive(pieces),
    onEnd() {
      const told = noteChange(exchange, recording.head?.status ?? 0, options)
      if (told === undefined) recording.finish({ kind: 'ended' })
      else void told.then(() => recording.finish({ kind: 'ended' }))
    },
    onFail(failure) {
      options.onFailed(failure)
      recording.finish({ kind: 'failed', failure })
      tell()
    },
  }
}

function noteChange(
  exchange: Exchange,
  status: number,
  options: RelayOptions,
): Promise<void> | undefined {
  const mayChange = exchange.endpoint?.changesModels === 'yes'
  return mayChange && status >= 200 && status < 300 ? options.onModelsChanged() : undefined
}

/** A run through Fastify's plugin; its reply is not to be written to by Fastify once we answer ourselves. */
interface Relay extends Run {
  release(): void
}

function startRelay(exchange: Exchange, sink: RunSink, options: RelayOptions): Relay {
  let answer: Readable | undefined
  let isAborted = false
  let opened: Handover | undefined
  exchange.openReply((reply) => {
    opened = reply
    reply.from(`${exchange.path}${exchange.query}`, {
      rewriteRequestHeaders: () => toMap(toForwardedHeaders(exchange, options.pseudonym)),
      // Our own steps write the answer, so nothing is copied onto the reply.
      rewriteHeaders: () => ({}),
      onResponse: (_request, own, response) => {
        own.hijack()
        const { statusCode, headers, stream } = response as unknown as RelayedAnswer
        answer = stream
        if (isAborted) stream.destroy()
        else pipe(stream, toHead(statusCode, headers), sink, options)
      },
      onError: (_reply, { error }) => sink.onFail(options.toFailure(error.cause ?? error, 'sent')),
    })
  })
  return {
    phase: 'sent',
    abort() {
      isAborted = true
      answer?.destroy()
    },
    pause: () => void answer?.pause(),
    resume: () => void answer?.resume(),
    release: () => void opened?.hijack(),
  }
}

/** What reply-from hands to `onResponse`; its types name the raw server response instead. */
interface RelayedAnswer {
  readonly statusCode: number
  readonly headers: HeaderMap
  readonly stream: Readable
}

/** Headers by lower-case name; a repeated one is a list. */
type HeaderMap = Record<string, string | string[]>

function pipe(stream: Readable, head: ResponseHead, sink: RunSink, options: RelayOptions): void {
  sink.onHead(head)
  stream.on('data', (chunk: Buffer) => sink.onData([chunk]))
  stream.on('end', () => sink.onEnd())
  stream.on('error', (error) => sink.onFail(options.toFailure(error, 'body')))
}

function toHead(status: number, headers: HeaderMap): ResponseHead {
  const pairs: [string, string][] = []
  for (const [name, value] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : [value]) pairs.push([name, one])
  }
  // reply-from takes the transfer coding off; nothing of these answers is kept, so none is proved.
  return { status, headers: pairs, framing: 'content-length' in headers ? 'length' : 'close' }
}

function toMap(headers: readonly [string, string][]): HeaderMap {
  const map: HeaderMap = {}
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    const known = map[lower]
    if (known === undefined) map[lower] = value
    else map[lower] = Array.isArray(known) ? [...known, value] : [known, value]
  }
  return map
}
