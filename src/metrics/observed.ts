import type { Form, Observation } from './observation.ts'
import { STAGE_NAMES } from './stages.ts'

/**
 * Requests that have ended, in their order, as columns. As objects each lies in eight pieces of memory, which 256
 * answers in between push out of the processor's caches; and between processes columns cost a tenth.
 */
export interface ObservedBatch {
  /** Few: what most requests have in common. */
  readonly forms: readonly Form[]
  /** A row of numbers for each request: the place of its form, then what it measured; NaN where there was nothing. */
  readonly numbers: Float64Array
}

/** Where each number stands in its row; of what was saved the time, and behind it the tokens. */
export const COLUMN = {
  form: 0,
  durationMs: 1,
  firstFrameMs: 2,
  bytes: 3,
  saved: 4,
  avoidable: 6,
  stages: 8,
} as const

/** So many numbers are a row. */
export const ROW_NUMBERS = COLUMN.stages + STAGE_NAMES.length

/** Looked through one by one, so there are few. */
const MOST_FORMS = 32

/** Collects rows, as many as there is room for. */
export class ObservedRows {
  readonly #numbers: Float64Array
  #forms: Form[] = []
  /** The place of the form of the last row: most often that of the next. */
  #place = 0
  #end = 0

  constructor(mostRows: number) {
    this.#numbers = new Float64Array(mostRows * ROW_NUMBERS)
  }

  get length(): number {
    return this.#end / ROW_NUMBERS
  }

  /** What is full is to be taken before more comes. */
  get isFull(): boolean {
    return this.#end === this.#numbers.length || this.#forms.length === MOST_FORMS
  }

  add(observation: Observation): void {
    const { durationMs, firstFrameMs, bytes, saved, avoidable, stages } = observation
    const numbers = this.#numbers
    const at = this.#begin(observation)
    numbers[at + COLUMN.durationMs] = durationMs
    numbers[at + COLUMN.firstFrameMs] = firstFrameMs ?? Number.NaN
    numbers[at + COLUMN.bytes] = bytes
    writeSaved(numbers, at + COLUMN.saved, saved)
    writeSaved(numbers, at + COLUMN.avoidable, avoidable)
    for (let i = 0; i < STAGE_NAMES.length; i++) {
      numbers[at + COLUMN.stages + i] = stages?.[i] ?? Number.NaN
    }
  }

  /** Adds the row that stands there in a batch. */
  addRow({ forms, numbers }: ObservedBatch, from: number): void {
    const form = forms[numbers[from] ?? 0]
    if (form === undefined) return
    const at = this.#begin(form)
    for (let i = 1; i < ROW_NUMBERS; i++) this.#numbers[at + i] = numbers[from + i] ?? Number.NaN
  }

  /** All there are; to be read before more is added. */
  take(): ObservedBatch {
    const batch = { forms: this.#forms, numbers: this.#numbers.subarray(0, this.#end) }
    this.#end = 0
    if (this.#forms.length === MOST_FORMS) this.#forms = []
    return batch
  }

  /** Begins a row of a form; where it stands. */
  #begin(form: Form): number {
    const at = this.#end
    this.#end += ROW_NUMBERS
    const last = this.#forms[this.#place]
    if (last === undefined || !isAlike(last, form)) this.#place = this.#placeOf(form)
    this.#numbers[at + COLUMN.form] = this.#place
    return at
  }

  #placeOf(form: Form): number {
    const forms = this.#forms
    const place = forms.findIndex((known) => isAlike(known, form))
    return place >= 0 ? place : forms.push(toForm(form)) - 1
  }
}

/** Whether they differ in nothing but their numbers. */
function isAlike(one: Form, other: Form): boolean {
  return (
    one.model === other.model &&
    one.endpoint === other.endpoint &&
    one.kind === other.kind &&
    one.status === other.status &&
    one.client === other.client &&
    one.capped === other.capped &&
    one.outcome.kind === other.outcome.kind &&
    detailOf(one) === detailOf(other)
  )
}

/** What else tells outcomes of one kind apart, to who counts. */
function detailOf({ outcome }: Form): string | number {
  switch (outcome.kind) {
    case 'hit':
    case 'stale':
      return outcome.tier
    case 'miss':
    case 'collapsed':
    case 'bypass':
      return outcome.reason
    case 'error':
      return outcome.status
    case 'method':
      return ''
  }
}

/** How long an entry is still fresh is the client's to know: nobody counts it. */
function toForm({ outcome, endpoint, kind, model, status, client, capped }: Form): Form {
  const common = 'ttlSeconds' in outcome ? { ...outcome, ttlSeconds: 0 } : outcome
  return { outcome: common, endpoint, kind, model, status, client, capped }
}

function writeSaved(numbers: Float64Array, at: number, saved: Observation['saved']): void {
  numbers[at] = saved?.costMs ?? Number.NaN
  numbers[at + 1] = saved?.tokens ?? Number.NaN
}
