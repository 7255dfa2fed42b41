import type { Logger } from 'pino'
import type { Clock } from './clock.ts'
import type { Config } from './config/config.ts'
import type { Catalog } from './metrics/catalog.ts'
import type { OriginState } from './metrics/origin-metrics.ts'
import { createEventLoopDelay, createPressure } from './metrics/pressure.ts'
import type { ModelRegistry } from './models/registry.ts'
import { createReloadGuard, toReloadWarning } from './models/reloads.ts'
import { createResidency } from './models/residency.ts'
import { isFrameRoute, rulesOf } from './ollama/frame-rules.ts'
import { readLoadOptions } from './ollama/load-options.ts'
import type { RefusalReason } from './outcome.ts'
import type { FlightEnd } from './proxy/coalesce.ts'
import type { Exchange } from './proxy/exchange.ts'
import type { FlightReport, SendReason } from './proxy/flight-plan.ts'
import { createFlights, type Flights } from './proxy/flights.ts'
import { createQueue, type Queue } from './proxy/queue.ts'
import type { Commit } from './proxy/record.ts'
import { random } from './random.ts'
import { type Breaker, createBreaker } from './upstream/breaker.ts'
import type { UpstreamFailure } from './upstream/failure.ts'
import { checkHealth } from './upstream/health.ts'
import type { Upstream } from './upstream/pool.ts'
import { createRetryBudget } from './upstream/retry-budget.ts'

/** What the traffic to the origin is made of. */
export interface TrafficParts {
  readonly config: Config
  readonly log: Logger
  readonly clock: Clock
  readonly upstream: Upstream
  readonly registry: ModelRegistry
  readonly catalog: Catalog
  readonly breaker: Breaker
  readonly pseudonym: string
  /** Called when the state may be another. */
  onChange(): void
}

/** Everything between a miss and the origin. */
export interface Traffic {
  readonly flights: Flights
  readonly state: OriginState
  /** When to ask again after a refusal, in whole seconds. */
  retryAfterSeconds(reason: RefusalReason): number
  onAnswered(): void
  onFailed(failure: UpstreamFailure): void
  /** What waits is refused, and nothing new is let in. */
  drain(): void
  close(): void
}

/** Opens the breaker of the origin: before the registry, which asks it whether asking makes sense. */
export function openBreaker(
  { clock, log, upstream }: Pick<TrafficParts, 'clock' | 'log' | 'upstream'>,
  onRecovered: () => void,
): Breaker {
  return createBreaker({
    clock,
    random,
    probe: async () => (await checkHealth(upstream)).answering,
    onChange(state) {
      if (state === 'half-open') return
      if (state === 'closed') onRecovered()
      log.warn({ breaker: state }, BREAKER_SENTENCES[state])
    },
  })
}

const BREAKER_SENTENCES = {
  open: 'Ollama failed too often and is left alone for a while: known answers are given, others refused',
  closed: 'Ollama answers again',
}

/** Queue, budgets and flights, in front of one origin. */
export function createTraffic(parts: TrafficParts, commit: Commit): Traffic {
  const { config, clock, breaker } = parts
  const queue = createQueue({ clock, ...config.queue })
  const pressure = watchPressure(parts)
  const reports = {
    retryAfterSeconds: (reason: RefusalReason) => toRetryAfter(reason, breaker, queue),
    onAnswered: () => breaker.succeed(),
    onFailed: (failure: UpstreamFailure) => noteFailure(parts, failure),
  }
  const flights = createFlights({
    ...config.flight,
    ...reports,
    ...createRunNotes(parts),
    clock,
    queue,
    commit,
    random,
    upstream: parts.upstream,
    pseudonym: parts.pseudonym,
    askResidency: createResidencyQuestion(parts),
    findRefusal: () => (breaker.state === 'closed' ? undefined : 'upstream-down'),
    findOverload: () => (pressure.isOver() === undefined ? undefined : 'overloaded'),
    onRefused: (reason) => parts.catalog.origin.refusals.inc({ reason }),
    backOffMs: () => BACK_OFF_MS * (0.5 + random()),
    gapsOf: ({ model }) => parts.catalog.models.gapsOf(parts.registry.label(model ?? '')),
    toGroup: (exchange) => `${toModel(exchange)} ${toLoadOptions(exchange)}`,
    onOver(end, report) {
      noteEnd(parts, end, report)
      parts.onChange()
    },
  })
  return {
    ...reports,
    flights: announceJoins(flights, parts),
    get state() {
      const { depth, running } = queue
      return { queueDepth: depth, running, flights: flights.size, breaker: breaker.state }
    },
    drain: () => queue.drain(),
    close() {
      breaker.close()
      pressure.close()
    },
  }
}

/** A seat that is taken is a flight more, or one more that waits. */
function announceJoins(flights: Flights, { onChange }: Pick<TrafficParts, 'onChange'>): Flights {
  return {
    join(exchange) {
      const seat = flights.join(exchange)
      onChange()
      return seat
    },
    refuse: (exchange) => flights.refuse(exchange),
    refresh: (exchange) => flights.refresh(exchange),
    get size() {
      return flights.size
    },
  }
}

function watchPressure({ config, clock }: TrafficParts) {
  const delay = createEventLoopDelay()
  const pressure = createPressure({
    clock,
    readDelayMs: () => delay.readMs(),
    readMemoryBytes: () => process.memoryUsage.rss(),
    maxDelayMs: config.overload.maxEventLoopDelayMs,
    maxMemoryBytes: config.overload.maxMemoryBytes,
  })
  return { isOver: () => pressure.isOver(), close: () => delay.close() }
}

function noteFailure({ breaker, catalog, registry }: TrafficParts, failure: UpstreamFailure): void {
  breaker.fail(failure)
  catalog.origin.upstreamErrors.inc({ reason: failure.reason })
  // An origin that failed may be another one when it comes back: its version and models are read anew.
  registry.invalidate()
}

function noteEnd(parts: TrafficParts, end: FlightEnd, report: FlightReport): void {
  const { origin, models } = parts.catalog
  const { runner, recording, waitedMs, members } = report
  origin.flightEnds.add(end.kind, 1)
  if (end.kind === 'abandoned') origin.cancelled.inc({ during: end.during })
  if (end.kind === 'refused') origin.refusals.inc({ reason: end.reason }, members)
  else origin.queueWait.observe(waitedMs / 1000)
  const { question, model } = runner
  if (end.kind !== 'done' || model === undefined || question === undefined) return
  if (!isFrameRoute(question.route)) return
  const totals = recording.totals(rulesOf(question.route))
  if (totals.tokens > 0) models.note(parts.registry.label(model), totals)
}

/** How long an origin whose own queue is full is left alone, in ms; half of it to one and a half. */
const BACK_OFF_MS = 500

function toRetryAfter(reason: RefusalReason, breaker: Breaker, queue: Queue): number {
  switch (reason) {
    case 'upstream-down':
      return breaker.retryAfterSeconds
    case 'queue-full':
    case 'queue-timeout':
      return queue.retryAfterSeconds()
    case 'draining':
    case 'overloaded':
      return 1
  }
}

/** The model of a request is asked for by its digest, which a request without a key has not been given. */
function createResidencyQuestion({ upstream, registry, config }: TrafficParts) {
  const residency = createResidency((path, options) => upstream.ask(path, options))
  return async ({ identity, model }: Exchange) => {
    if (model === undefined) return 'unreachable' as const
    const resolved = identity?.model ?? (await registry.resolve(model))
    if (resolved.kind !== 'known') return 'unreachable' as const
    return residency.isLoaded(resolved.digest, config.flight.loadGraceMs)
  }
}

/** Watches what is sent: for load options that alternate, and for how much is sent again. */
function createRunNotes({ catalog, registry, log, config, onChange }: TrafficParts) {
  const budget = createRetryBudget()
  const reloads = createReloadGuard({
    onSwitch: (model) => catalog.origin.reloadSwitches.inc({ model }),
    onAlternation: (report) =>
      log.warn(toReloadWarning(report, config.injection?.numThread.mode ?? 'off')),
  })
  return {
    takeRetry: () => budget.take(),
    onSent(exchange: Exchange, why: SendReason): void {
      onChange()
      if (why === 'first') budget.note()
      else catalog.origin.repeats.inc({ reason: why })
      // What was not understood says nothing of its load options; /v1 is known to carry none.
      const isRead = exchange.question !== undefined || isCompatible(exchange)
      if (exchange.model === undefined || !isRead) return
      reloads.note({
        model: registry.label(exchange.model),
        dialect: isCompatible(exchange) ? 'compatible' : 'native',
        loadOptions: toLoadOptions(exchange),
        userAgent: exchange.request.headers['user-agent'] ?? '',
      })
    },
  }
}

/** As it is sent: what was translated is native. */
function isCompatible({ question, path }: Exchange): boolean {
  return (question?.route ?? path).startsWith('/v1/')
}

function toModel({ identity, model }: Exchange): string {
  return identity?.model.digest ?? model ?? ''
}

function toLoadOptions({ question }: Exchange): string {
  return question === undefined ? '' : readLoadOptions(question.document)
}
