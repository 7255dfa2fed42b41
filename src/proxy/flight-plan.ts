import type { Clock } from '../clock.ts'
import type { FrameRules } from '../ollama/frame-rules.ts'
import type { RefusalReason } from '../outcome.ts'
import type { Key } from '../store/store.ts'
import type { UpstreamFailure } from '../upstream/failure.ts'
import type { Upstream } from '../upstream/pool.ts'
import type { FlightEnd } from './coalesce.ts'
import type { Exchange } from './exchange.ts'
import type { Flight } from './flight.ts'
import type { FlightEffects, FlightRules } from './flight-rules.ts'
import type { Queue } from './queue.ts'
import type { Commit } from './record.ts'
import type { Capture, Recording } from './recording.ts'
import type { RunSinkOptions } from './run-sink.ts'

/** Why a run is sent. */
export type SendReason = Parameters<FlightEffects<Exchange>['send']>[1]

/** What flights need of the rest. */
export interface FlightOptions
  extends Omit<FlightRules, 'capTokens' | 'purpose'>,
    Pick<RunSinkOptions, 'gapsOf'> {
  readonly clock: Clock
  readonly upstream: Pick<Upstream, 'run'>
  readonly queue: Queue
  /** Our name in `Via`. */
  readonly pseudonym: string
  /** Past this many bytes an answer takes no new followers and is not stored. */
  readonly maxBytes: number
  readonly commit: Commit
  /** Says whether the model of a request is loaded at the origin. */
  askResidency(exchange: Exchange): Promise<'loaded' | 'loading' | 'unreachable'>
  /** Whether a run may be sent now. */
  findRefusal(): RefusalReason | undefined
  /** When to ask again after a refusal, in whole seconds. */
  retryAfterSeconds(reason: RefusalReason): number
  /** Called for each run that is sent. */
  onSent(exchange: Exchange, why: SendReason): void
  /** Called when the origin has answered a run. */
  onAnswered(): void
  /** Called for each run that the origin failed. */
  onFailed(failure: UpstreamFailure): void
  /** Called once for each flight. */
  onOver(end: FlightEnd, report: FlightReport): void
}

/** What is told of a flight that is over. */
export interface FlightReport {
  /** How long it waited for its slot, in ms. */
  readonly waitedMs: number
  /** How many were waiting for it. */
  readonly members: number
  /** Whose request was sent. */
  readonly runner: Exchange
  /** What came of it. */
  readonly recording: Pick<Recording, 'totals'>
}

/** What is particular to one flight. */
export interface FlightPlan {
  readonly key: Key | undefined
  /** How the answer is cut into frames; undefined where it is passed as it comes. */
  readonly rules: FrameRules | undefined
  readonly capture: Capture
  readonly purpose: FlightRules['purpose']
  readonly capTokens: number | undefined
  /** Who waits, as far as fairness is concerned. */
  readonly client: string
  /** Requests of one group need no reload between them. */
  readonly group: string
  /** Called once, when it takes no more members. */
  readonly onClosed: (flight: Flight) => void
}

/**
 * The machine's part of both. Field by field: to spread all options for each request costs more than all
 * else that a flight begins with.
 */
export function toRules(plan: FlightPlan, options: FlightOptions): FlightRules {
  const { clock, loadGraceMs, finishShare, takeRetry, backOffMs } = options
  const { purpose, capTokens } = plan
  return { clock, loadGraceMs, finishShare, takeRetry, backOffMs, purpose, capTokens }
}

/** The queue's words for the reasons it has. */
export const REFUSALS = {
  full: 'queue-full',
  timeout: 'queue-timeout',
  draining: 'draining',
} as const
