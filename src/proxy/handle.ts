import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../clock.ts'
import { type RepriseError, toRepriseError } from '../errors.ts'
import type { Observation } from '../metrics/observe.ts'
import type { ModelRegistry } from '../models/registry.ts'
import { findEndpoint } from '../ollama/endpoints.ts'
import { shapeError } from '../ollama/error-shape.ts'
import type { Store } from '../store/store.ts'
import { createDeliverStep, type DeliverOptions } from './deliver.ts'
import type { Exchange, Step, StepName } from './exchange.ts'
import { createFingerprintStep, type FingerprintOptions } from './fingerprint.ts'
import { createForwardStep, type ForwardOptions } from './forward.ts'
import { createLookupStep, type LookupOptions } from './lookup.ts'
import { createReceiveStep, type ReceiveOptions } from './receive.ts'
import { createRecordStep, type RecordOptions } from './record.ts'
import { createRelayStep, type RelayOptions } from './relay.ts'
import { createReplayStep } from './replay.ts'

/** Everything the steps need, from the composition root. */
export interface HandleOptions
  extends ReceiveOptions,
    FingerprintOptions,
    LookupOptions,
    RecordOptions,
    ForwardOptions,
    RelayOptions,
    DeliverOptions {
  readonly clock: Clock
  readonly store: Store
  readonly registry: Pick<ModelRegistry, 'resolve' | 'label'>
  /** Called exactly once for each request, when the connection is done with it. */
  observe(observation: Observation): void
  /** Called for each fault that a client is told of, with what caused it. */
  onError(error: RepriseError): void
}

/** Answers one request. */
export type Handle = (request: FastifyRequest, reply: FastifyReply) => void

/**
 * The story. A request enters at `receive`; each step does one thing and names the next; steps never
 * call steps. What stands behind an arrow is all that a step may name.
 *
 * | step        | what it does                                          | goes on to                    |
 * | ----------- | ----------------------------------------------------- | ----------------------------- |
 * | receive     | reads the body of an inference request                | fingerprint · record · relay  |
 * | fingerprint | understands it, puts parameters in, makes the key     | lookup · record (bypass)      |
 * | lookup      | asks the store for the key                            | replay (hit) · record (miss)  |
 * | replay      | turns the entry into a source                         | deliver                       |
 * | record      | opens the recording; commits it when it is complete   | forward                       |
 * | forward     | starts the run on the origin, into the recording      | deliver                       |
 * | relay       | hands through, unread, what is not an inference run   | deliver                       |
 * | deliver     | sends the source to the client                        | done                          |
 *
 * Before the table stands the guard (Host, Origin, path), behind it `observe`: once for every request.
 */
export function createHandle(options: HandleOptions): Handle {
  const steps: Record<Exclude<StepName, 'done'>, Step> = {
    receive: createReceiveStep(options),
    fingerprint: createFingerprintStep(options),
    lookup: createLookupStep(options),
    replay: createReplayStep(options.clock),
    record: createRecordStep(options),
    forward: createForwardStep(options),
    relay: createRelayStep(options),
    deliver: createDeliverStep(options),
  }

  /** Goes on from a step for as long as steps answer at once; a promise is waited for and gone on from. */
  function walk(exchange: Exchange, from: StepName): void {
    let step = from
    let fault: unknown
    try {
      while (step !== 'done') {
        const next = steps[step](exchange)
        if (typeof next !== 'string') {
          next.then(
            (name) => walk(exchange, name),
            (thrown: unknown) => end(exchange, thrown),
          )
          return
        }
        step = next
      }
    } catch (thrown) {
      fault = thrown
    }
    end(exchange, fault)
  }

  /** Every path ends here, once. */
  function end(exchange: Exchange, thrown: unknown): void {
    if (thrown !== undefined) answerError(exchange, toRepriseError(thrown), options)
    options.observe(toObservation(exchange, options))
  }

  return (request, reply) => walk(createExchange(request, reply, options.clock), 'receive')
}

function createExchange(request: FastifyRequest, reply: FastifyReply, clock: Clock): Exchange {
  // Routing saw one fixed path for everything that is not reserved: the client's own is the original.
  const url = request.originalUrl
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  return {
    request,
    reply,
    method: request.method,
    path,
    query: mark < 0 ? '' : url.slice(mark),
    endpoint: findEndpoint(request.method, path),
    timings: { startedAt: clock.monotonic() },
    body: { kind: 'stream', why: 'not-ours' },
    outcome: { kind: 'bypass', reason: 'route' },
    sent: { status: 0, bytes: 0 },
  }
}

/** Every error a client sees ends here, in the shape its route has. */
function answerError(exchange: Exchange, error: RepriseError, options: HandleOptions): void {
  const { status } = error
  options.onError(error)
  exchange.outcome = { kind: 'error', status }
  const response = exchange.reply.raw
  if (response.headersSent) {
    response.destroy()
    return
  }
  const body = shapeError(exchange.path, status, error.message)
  exchange.reply.hijack()
  exchange.sent = { status, bytes: body.length }
  response.writeHead(status, [
    'Content-Type',
    'application/json',
    'Content-Length',
    String(body.length),
  ])
  response.end(body)
}

function toObservation(exchange: Exchange, options: HandleOptions): Observation {
  const { outcome, timings, question, sent } = exchange
  const finishedAt = options.clock.monotonic()
  const { firstFrameAt, startedAt } = timings
  const entry = outcome.kind === 'hit' ? exchange.found?.entry : undefined
  return {
    outcome,
    endpoint: exchange.endpoint?.path ?? 'other',
    kind: question?.reading.kind ?? 'none',
    model: exchange.model === undefined ? 'none' : options.registry.label(exchange.model),
    // Nothing was sent: the client had gone (nginx's word for it, and Ollama's own log's).
    status: sent.status === 0 ? 499 : sent.status,
    durationMs: finishedAt - startedAt,
    firstFrameMs: firstFrameAt === undefined ? undefined : firstFrameAt - startedAt,
    bytes: sent.bytes,
    upstreamFailure: toUpstreamFailure(exchange),
    saved: entry && { costMs: entry.costMs, tokens: entry.tokens },
    capped: wasCapped(exchange) ? 'capped' : 'not-capped',
  }
}

/** A run that Reprise gave up, because its client left, is no failure of the origin. */
function toUpstreamFailure({ source }: Exchange): string | undefined {
  const failure = source?.end?.kind === 'failed' ? source.end.failure.reason : undefined
  return failure === 'aborted' ? undefined : failure
}

/** Whether our own limit ended the answer: Ollama says `length`, and the limit was not the client's. */
function wasCapped(exchange: Exchange): boolean {
  return exchange.question?.cap !== undefined && exchange.endedIn === 'length'
}
