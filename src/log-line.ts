import { isShort, overwriteHundredths, toHundredths } from './metrics/hundredths.ts'
import type { Form } from './metrics/observation.ts'
import type { ObservedGroup } from './metrics/observed-group.ts'
import { toShares } from './metrics/stages.ts'
import { type Told, toTold } from './metrics/told.ts'

/** What a line says; what is undefined is left out. */
export interface Fields extends Told {
  readonly bytes: number
  readonly left: true | undefined
  readonly capped: true | undefined
  readonly stages: string | undefined
}

/** Whether a line tells where the time went. */
export type Detail = 'with-stages' | 'without-stages'

/** The fields of the line of one request of a group, for who writes it down in another way. */
export function toFields(group: ObservedGroup, i: number, detail: Detail): Fields {
  const { client, capped } = group.form
  const stages = detail === 'with-stages' ? group.stages(i) : undefined
  return {
    ...toTold(group, i),
    bytes: group.bytesOf(i),
    left: client === 'left' ? true : undefined,
    capped: capped === 'capped' ? true : undefined,
    stages: stages && toShares(stages),
  }
}

/**
 * Makes the line of JSON that pino would write, in a fraction of the time: there is one for every hit. It is that of one
 * request of a group, which ended at an instant (wall time, in ms).
 */
export interface RequestLine {
  toText(group: ObservedGroup, i: number, at: number, detail: Detail): string
  /**
   * The line without stages, as bytes that are written over by the next call; undefined where its time is too long
   * for the place there is.
   */
  toBytes(group: ObservedGroup, i: number, at: number): Buffer | undefined
}

/** What all lines of one log have in common. */
export interface LineOptions {
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

/** What lines of requests have in common that differ in nothing but their times. */
interface LineForm {
  readonly form: Form
  readonly size: number
  readonly savedMs: number | undefined
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

  constructor({ label, worker }: LineOptions) {
    this.#prefix = toAscii(label).slice(1, -1)
    this.#origin = worker === undefined ? '' : `,"worker":${worker}`
  }

  toText(group: ObservedGroup, i: number, at: number, detail: Detail): string {
    this.#turnClock(at)
    const { before, after, message } = this.#formOf(group, i)
    const stages = detail === 'with-stages' ? group.stages(i) : undefined
    const shares = stages === undefined ? '' : `,"stages":${toAscii(toShares(stages))}`
    const ms = toHundredths(group.durationMs(i))
    return BEGIN + this.#time + before + ms + after + shares + message
  }

  toBytes(group: ObservedGroup, i: number, at: number): Buffer | undefined {
    const durationMs = group.durationMs(i)
    if (!isShort(durationMs)) return undefined
    this.#turnClock(at)
    const form = this.#formOf(group, i)
    if (form.bytes === undefined) {
      form.bytes = Buffer.from(this.toText(group, i, at, 'without-stages'), 'latin1')
    } else if (form.instant !== this.#instant) {
      form.bytes.write(this.#time, BEGIN.length, 'latin1')
    }
    form.instant = this.#instant
    const place = BEGIN.length + this.#time.length + form.before.length
    overwriteHundredths(form.bytes, place, durationMs)
    return form.bytes
  }

  #turnClock(now: number): void {
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

  #formOf(group: ObservedGroup, i: number): LineForm {
    const last = this.#form
    if (last !== undefined && isOf(last, group, i)) return last
    const other = this.#other
    const isOther = other !== undefined && isOf(other, group, i)
    const form = isOther ? other : toLineForm(group, i, this.#origin, this.#prefix)
    this.#other = last
    this.#form = form
    return form
  }
}

function isOf({ form, size, savedMs }: LineForm, group: ObservedGroup, i: number): boolean {
  return form === group.form && size === group.bytesOf(i) && savedMs === group.savedMs(i)
}

function toLineForm(group: ObservedGroup, i: number, origin: string, prefix: string): LineForm {
  const fields = toFields(group, i, 'without-stages')
  const { outcome, reason, route, status, bytes, savedMs, left, capped } = fields
  const why = reason === undefined ? '' : `,"reason":"${reason}"`
  const model = toAscii(fields.model)
  const saved = savedMs === undefined ? '' : `,"savedMs":${savedMs}`
  const marks = (left ? ',"left":true' : '') + (capped ? ',"capped":true' : '')
  return {
    form: group.form,
    size: bytes,
    savedMs: group.savedMs(i),
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
