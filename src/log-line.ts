import type { Clock } from './clock.ts'
import { isShort, overwriteHundredths, toHundredths } from './metrics/hundredths.ts'
import type { Observation } from './metrics/observe.ts'
import { toShares } from './metrics/stages.ts'
import { reasonOf, type Told, toTold } from './metrics/told.ts'

/** What a line says; what is undefined is left out. */
export interface Fields extends Told {
  readonly bytes: number
  readonly left: true | undefined
  readonly capped: true | undefined
  readonly stages: string | undefined
}

/** Whether a line tells where the time went. */
export type Detail = 'with-stages' | 'without-stages'

/** The fields of a line, for who writes it down in another way. */
export function toFields(observation: Observation, detail: Detail): Fields {
  const { bytes, client, capped, stages } = observation
  return {
    ...toTold(observation),
    bytes,
    left: client === 'left' ? true : undefined,
    capped: capped === 'capped' ? true : undefined,
    stages: stages !== undefined && detail === 'with-stages' ? toShares(stages) : undefined,
  }
}

/**
 * Makes the line of JSON that pino would write, in a fraction of the time: there is one for every hit. `at` is wall
 * time, in ms; without it, now.
 */
export interface RequestLine {
  toText(observation: Observation, detail: Detail, at?: number): string
  /**
   * The line without stages, as bytes that are written over by the next call; undefined where its time is too long
   * for the place there is.
   */
  toBytes(observation: Observation, at?: number): Buffer | undefined
}

/** What all lines of one log have in common. */
export interface LineOptions {
  readonly clock: Pick<Clock, 'now'>
  /** Stands in front of every message; empty for none. */
  readonly label: string
  /** The number of the worker that writes; undefined in the first process. */
  readonly worker?: number
}

/** pino's number for `info`. */
const BEGIN = '{"level":30,"time":"'

/** How an instant ends: `.000Z` to `.999Z`. */
const MS_DIGITS = '.000Z'.length
const MS_ENDS = Array.from({ length: 1000 }, (_, ms) => `.${String(ms).padStart(3, '0')}Z`)

/** What lines of requests that are alike have in common. */
interface LineForm {
  readonly alike: Observation
  /** Between the instant and the duration. */
  readonly before: string
  /** Between the duration and what is told of the stages. */
  readonly after: string
  readonly message: string
  /** All of a line whose time is short, and the instant that stands in it. */
  bytes: Buffer | undefined
  instant: number
}

/** All of a line is ASCII. Most lines differ from the one before in nothing but their times. */
export function createRequestLine(options: LineOptions): RequestLine {
  return new JsonLine(options)
}

class JsonLine implements RequestLine {
  readonly #clock: Pick<Clock, 'now'>
  readonly #prefix: string
  readonly #origin: string
  /** Wall time, in ms, as a number and written down. */
  #instant = Number.NaN
  #time = ''
  /** Since the epoch. To write down a second anew costs ten times what its milliseconds do. */
  #second = Number.NaN
  /** That of the line before, and another one: what is asked in turn takes turns. */
  #form: LineForm | undefined
  #other: LineForm | undefined

  constructor({ clock, label, worker }: LineOptions) {
    this.#clock = clock
    this.#prefix = toAscii(label).slice(1, -1)
    this.#origin = worker === undefined ? '' : `,"worker":${worker}`
  }

  toText(observation: Observation, detail: Detail, at?: number): string {
    this.#turnClock(at)
    const { before, after, message } = this.#formOf(observation)
    const { stages, durationMs } = observation
    const told = stages !== undefined && detail === 'with-stages'
    const shares = told ? `,"stages":${toAscii(toShares(stages))}` : ''
    return BEGIN + this.#time + before + toHundredths(durationMs) + after + shares + message
  }

  toBytes(observation: Observation, at?: number): Buffer | undefined {
    if (!isShort(observation.durationMs)) return undefined
    this.#turnClock(at)
    const form = this.#formOf(observation)
    if (form.bytes === undefined) {
      form.bytes = Buffer.from(this.toText(observation, 'without-stages', at), 'latin1')
    } else if (form.instant !== this.#instant) {
      form.bytes.write(this.#time, BEGIN.length, 'latin1')
    }
    form.instant = this.#instant
    const place = BEGIN.length + this.#time.length + form.before.length
    overwriteHundredths(form.bytes, place, observation.durationMs)
    return form.bytes
  }

  #turnClock(now = this.#clock.now()): void {
    if (now === this.#instant) return
    this.#instant = now
    const second = Math.floor(now / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#time = new Date(now).toISOString()
    } else {
      const ms = Math.floor(now) - second * 1000
      this.#time = this.#time.slice(0, -MS_DIGITS) + (MS_ENDS[ms] ?? '')
    }
  }

  #formOf(observation: Observation): LineForm {
    const last = this.#form
    if (last !== undefined && isAlike(last.alike, observation)) return last
    const other = this.#other
    const isOther = other !== undefined && isAlike(other.alike, observation)
    const form = isOther ? other : toLineForm(observation, this.#origin, this.#prefix)
    this.#other = last
    this.#form = form
    return form
  }
}

/** As far as a line tells of it. */
function isAlike(one: Observation, other: Observation): boolean {
  return (
    one.outcome.kind === other.outcome.kind &&
    reasonOf(one) === reasonOf(other) &&
    one.endpoint === other.endpoint &&
    one.model === other.model &&
    one.status === other.status &&
    one.bytes === other.bytes &&
    one.saved?.costMs === other.saved?.costMs &&
    one.client === other.client &&
    one.capped === other.capped
  )
}

function toLineForm(observation: Observation, origin: string, prefix: string): LineForm {
  const fields = toFields(observation, 'without-stages')
  const { outcome, reason, route, status, bytes, savedMs, left, capped } = fields
  const why = reason === undefined ? '' : `,"reason":"${reason}"`
  const model = toAscii(fields.model)
  const saved = savedMs === undefined ? '' : `,"savedMs":${savedMs}`
  const marks = (left ? ',"left":true' : '') + (capped ? ',"capped":true' : '')
  return {
    alike: observation,
    before: `"${origin},"outcome":"${outcome}"${why},"route":"${route}","model":${model},"status":${status},"ms":`,
    after: `,"bytes":${bytes}${saved}${marks}`,
    message: `,"msg":"${prefix}${outcome}"}\n`,
    bytes: undefined,
    instant: Number.NaN,
  }
}

/** JSON of nothing but ASCII. */
function toAscii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
