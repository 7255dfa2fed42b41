import type { Stages } from '../metrics/stages.ts'
import type { AnswerTotals } from '../ollama/completeness.ts'
import type { StepName } from './exchange.ts'

/** Monotonic instants of a flight, in ms; undefined where it did not come so far. */
export interface FlightTimes {
  /** It was given a slot. */
  readonly admittedAt?: number | undefined
  /** The connection stood and the request was sent. */
  readonly sentAt?: number | undefined
  /** The first bytes of the answer came. */
  readonly answeredAt?: number | undefined
  /** The last byte came, or it was clear that none would. */
  readonly endedAt?: number | undefined
}

/** What is known of when things happened to one request; all instants monotonic, in ms. */
export interface Timeline {
  readonly startedAt: number
  readonly finishedAt: number
  /** When each step was over. */
  readonly steps: Readonly<Partial<Record<StepName, number>>>
  /** The flight it took part in, where it did. */
  readonly flight: FlightTimes | undefined
  /** What the origin says of the run; undefined where this request had none. */
  readonly totals: AnswerTotals | undefined
}

/**
 * Cuts the time of a request into its stages, without gaps and without overlaps: their sum is the total. What
 * a flight had behind it when the request joined belongs to others.
 */
export function toStages({ startedAt, finishedAt, steps, flight, totals }: Timeline): Stages {
  let at = startedAt
  /** From where the last stage ended to this instant; nothing where that is past, or was never reached. */
  const until = (instant: number | undefined): number => {
    const end = Math.min(Math.max(instant ?? at, at), finishedAt)
    const spent = end - at
    at = end
    return spent
  }
  const receive = until(steps.receive)
  const key = until(steps.fingerprint)
  const lookup = until(steps.lookup)
  const ride = flight ?? { answeredAt: steps.relay }
  const rest = flight === undefined ? undefined : finishedAt
  const queue = until(flight && (flight.admittedAt ?? flight.endedAt ?? rest))
  const connect = until(flight && (flight.sentAt ?? flight.endedAt ?? rest))
  const wait = until(ride.answeredAt ?? flight?.endedAt ?? rest)
  const generate = until(flight && (flight.endedAt ?? rest))
  const deliver = until(finishedAt)
  const load = Math.min(totals?.loadMs ?? 0, wait)
  const prompt = Math.min(totals?.promptMs ?? 0, wait - load)
  const firstFrame = wait - load - prompt
  return { receive, key, lookup, queue, connect, load, prompt, firstFrame, generate, deliver }
}
