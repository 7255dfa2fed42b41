import type { IncomingMessage } from 'node:http'
import type { Clock } from '../clock.ts'
import type { Cohorts } from '../cohorts.ts'
import { toRepriseError } from '../errors.ts'
import { NO_DIRECTIVES, type RequestDirectives, readCacheControl } from '../http/cache-control.ts'
import type { Observation } from '../metrics/observation.ts'
import type { ModelRegistry } from '../models/registry.ts'
import { findEndpoint } from '../ollama/endpoints.ts'
import { type AnswerErrorOptions, answerError } from './answer-error.ts'
import { createDeliverStep, type DeliverOptions } from './deliver.ts'
import type { Exchange, Step, StepName } from './exchange.ts'
import { createFallbackStep } from './fallback.ts'
import { createFingerprintStep, type FingerprintOptions } from './fingerprint.ts'
import { createJoinStep, type JoinOptions } from './join.ts'
import { createLookupStep, type LookupOptions } from './lookup.ts'
import { findClient, toObservation } from './observation.ts'
import { createOfflineStep, type OfflineOptions } from './offline.ts'
import { collectBody, createReceiveStep, type ReceiveOptions } from './receive.ts'
import { createRelayStep, type RelayOptions } from './relay.ts'
import { createReplayStep, type ReplayOptions } from './replay.ts'
import { createVectorsStep, type VectorsOptions } from './vectors.ts'
import { endWithConnection } from './waiting-answers.ts'

/** Everything the steps need, from the composition root. */
export interface HandleOptions
  extends ReceiveOptions,
    FingerprintOptions,
    LookupOptions,
    ReplayOptions,
    VectorsOptions,
    JoinOptions,
    RelayOptions,
    OfflineOptions,
    DeliverOptions,
    AnswerErrorOptions {
  readonly clock: Clock
  /** Where requests wait for others, so that each part of the work is done for many at once. */
  readonly cohorts: Cohorts
  readonly store: VectorsOptions['store']
  /** Whether answers say how long they waited. */
  readonly serverTiming: 'on' | 'off'
  readonly registry: Pick<ModelRegistry, 'resolve' | 'label' | 'snapshot'>
  /** Requests that have begun and not ended: counted here. */
  readonly inFlight: { count: number }
  /** Called for each request that has ended: its like may be answered in a shorter way. */
  learn(exchange: Exchange): void
  /** Called exactly once for each request, when the connection is done with it. */
  observe(observation: Observation): void
}

/** A request as it comes in. `openReply` lets Fastify route it after all, for what is handed through. */
export type Incoming = Pick<Exchange, 'request' | 'response' | 'openReply' | 'raw'>

/** Answers one request. */
export type Handle = (incoming: Incoming) => void

/**
 * The story. A request enters at `receive`; each step does one thing and names the next; steps never
 * call steps. What stands behind an arrow is all that a step may name.
 *
 * | step        | what it does                                          | goes on to                    |
 * | ----------- | ----------------------------------------------------- | ----------------------------- |
 * | receive     | has the body of an inference request, and judges it   | fingerprint · join · relay ·  |
 * |             |                                                       | offline                       |
 * | fingerprint | understands it, puts parameters in, makes the key     | lookup · vectors · join       |
 * | lookup      | asks the store for the key                            | replay (hit, stale) · join    |
 * | vectors     | embeds: known texts from the store, others in flights | deliver · join                |
 * | replay      | turns the entry into a source                         | deliver                       |
 * | join        | takes a seat in the key's flight, or starts one       | deliver · fallback · replay   |
 * | fallback    | gives a stale answer where the flight's is an error   | deliver · replay (stale)      |
 * | relay       | hands through, unread, what is not an inference run   | deliver                       |
 * | offline     | answers for an origin that is never asked             | deliver                       |
 * | deliver     | sends the source to the client                        | done                          |
 *
 * A flight is one question on its way to the origin, for all who asked it, and has a life of its own
 * (`coalesce` says what happens to it, `flight` carries it out):
 *
 * | stage       | what happens                                          | goes on to                    |
 * | ----------- | ----------------------------------------------------- | ----------------------------- |
 * | queue       | waits for a slot                                      | forward · refused (503)       |
 * | forward     | sends the run; what comes goes into the recording     | record · forward (once more)  |
 * | record      | judges the recording, commits it when it is complete  | over                          |
 *
 * Before the table stands the guard (Host, Origin, path), behind it `observe`: once for every request.
 */
export function createHandle(options: HandleOptions): Handle {
  return createStory(options, {
    receive: createReceiveStep(options),
    fingerprint: createFingerprintStep(options),
    lookup: createLookupStep(options),
    vectors: createVectorsStep(options),
    replay: createReplayStep(options),
    join: createJoinStep(options),
    fallback: createFallbackStep(options.clock),
    relay: createRelayStep(options),
    offline: createOfflineStep(options),
    deliver: createDeliverStep(options),
  })
}

/** What every story needs, whatever its steps are. */
export type StoryOptions = Pick<
  HandleOptions,
  | 'clock'
  | 'cohorts'
  | 'inFlight'
  | 'maxBodyBytes'
  | 'serverTiming'
  | 'registry'
  | 'nextHop'
  | 'learn'
  | 'observe'
  | 'onError'
> & {
  /** Called instead of an error, where another process answers what cannot be answered here. */
  readonly decline?: Step
}

/** A step for each name. */
export type Steps = Readonly<Record<Exclude<StepName, 'done'>, Step>>

/** Walks requests through these steps. What another process has answered is that one's to observe. */
export function createStory(options: StoryOptions, steps: Steps): Handle {
  /** Goes on from a step for as long as steps answer at once; a promise is waited for and gone on from. */
  function walk(exchange: Exchange, from: StepName): void {
    let step = from
    let fault: unknown
    try {
      while (step !== 'done') {
        const next = steps[step](exchange)
        if (typeof next !== 'string') {
          const at = step
          next.then(
            (name) => walk(exchange, leave(exchange, at, name)),
            (thrown: unknown) => end(exchange, thrown),
          )
          return
        }
        step = leave(exchange, step, next)
        if (step === 'lookup') {
          queue(exchange)
          return
        }
      }
    } catch (thrown) {
      fault = thrown
    }
    end(exchange, fault)
  }

  /** The key is asked for together with those of others, and who finds nothing has a flight before anybody else asks. */
  function queue(exchange: Exchange): void {
    options.cohorts.take('lookup', { handOn: () => walk(exchange, 'lookup') })
  }

  /** A step is over; the instant is kept, for where the time went. */
  function leave(exchange: Exchange, step: StepName, next: StepName): StepName {
    if (TIMED.has(step)) exchange.timings.steps[step] = options.clock.monotonic()
    return next
  }

  /** Every path ends here, once. */
  function end(exchange: Exchange, thrown: unknown): void {
    options.inFlight.count -= 1
    if (thrown !== undefined && mayDecline(exchange)) return void options.decline?.(exchange)
    if (exchange.isHandedOver) return
    if (thrown !== undefined) answerError(exchange, toRepriseError(thrown), options)
    finish(exchange, options)
  }

  function mayDecline({ isHandedOver, response }: Exchange): boolean {
    return options.decline !== undefined && !isHandedOver && !response.headersSent
  }

  return (incoming) => {
    options.inFlight.count += 1
    endWithConnection(incoming.request, incoming.response)
    const exchange = createExchange(incoming, options)
    collectBody(exchange, options, walk)
  }
}

function finish(exchange: Exchange, { clock, registry, learn, observe }: StoryOptions): void {
  exchange.seat?.leave()
  learn(exchange)
  const finishedAt = clock.monotonic()
  observe(toObservation(exchange, { finishedAt, client: findClient(exchange), registry }))
}

/** The steps that a stage ends with; to ask for the time is not free. */
const TIMED: ReadonlySet<StepName> = new Set(['receive', 'fingerprint', 'lookup', 'relay'])

function createExchange(
  { request, response, openReply, raw }: Incoming,
  { clock, serverTiming }: StoryOptions,
): Exchange {
  const { method = '', url = '' } = request
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  return {
    request,
    response,
    openReply,
    raw,
    method,
    path,
    query: mark < 0 ? '' : url.slice(mark),
    endpoint: findEndpoint(method, path),
    timings: { startedAt: clock.monotonic(), steps: {} },
    directives: readDirectives(request.headers),
    serverTiming,
    body: { kind: 'stream', why: 'not-ours' },
    outcome: { kind: 'bypass', reason: 'route' },
    sent: { status: 0, bytes: 0 },
  }
}

function readDirectives(headers: IncomingMessage['headers']): RequestDirectives {
  const { 'cache-control': cacheControl, pragma } = headers
  if (cacheControl === undefined && pragma === undefined) return NO_DIRECTIVES
  return readCacheControl(cacheControl, pragma)
}
