import type { Stages } from '../metrics/stages.ts'
import type { AnswerTotals } from '../ollama/completeness.ts'
import type { Inquiry, StepName } from './exchange.ts'

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
  /** It was judged, and the store has it where it may be kept. */
  readonly storedAt?: number | undefined
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

/** The stages of a request until this monotonic instant, in ms: so far, or in all. */
export function readStages({ timings, seat, totals }: Inquiry, at: number): Stages {
  return toStages({
    startedAt: timings.startedAt,
    finishedAt: at,
    steps: timings.steps,
    flight: seat?.times,
    // An entry says what its own generation took: that was another request's time.
    totals: seat && totals,
  })
}

/**
 * Cuts the time of a request into its stages, without gaps and without overlaps: their sum is the total. What
 * a flight had behind it when the request joined belongs to others.
 */
export function toStages({ startedAt, finishedAt, steps, flight, totals }: Timeline): Stages {
  const ride = flight ?? { answeredAt: steps.relay }
  const rest = flight === undefined ? undefined : finishedAt
  const over = flight?.endedAt ?? rest
  // Texts that are all known are looked up by the step that answers them.
  const known = flight === undefined ? steps.vectors : undefined
  const received = toEnd(startedAt, steps.receive, finishedAt)
  const keyed = toEnd(received, steps.fingerprint, finishedAt)
  const lookedUp = toEnd(keyed, steps.lookup ?? known, finishedAt)
  const admitted = toEnd(lookedUp, flight?.admittedAt ?? over, finishedAt)
  const sent = toEnd(admitted, flight?.sentAt ?? over, finishedAt)
  const answered = toEnd(sent, ride.answeredAt ?? over, finishedAt)
  const generated = toEnd(answered, over, finishedAt)
  const stored = toEnd(generated, flight?.storedAt, finishedAt)
  const wait = answered - sent
  const load = Math.min(totals?.loadMs ?? 0, wait)
  const prompt = Math.min(totals?.promptMs ?? 0, wait - load)
  const firstFrame = wait - load - prompt
  return [
    received - startedAt, // receive
    keyed - received, // key
    lookedUp - keyed, // lookup
    admitted - lookedUp, // queue
    sent - admitted, // connect
    load,
    prompt,
    firstFrame,
    generated - answered, // generate
    stored - generated, // store
    finishedAt - stored, // deliver
  ]
}

/** Where a stage that began here ends: at its instant; at once where that is past, or was never reached. */
function toEnd(begunAt: number, instant: number | undefined, finishedAt: number): number {
  return instant === undefined ? begunAt : Math.min(Math.max(instant, begunAt), finishedAt)
}
