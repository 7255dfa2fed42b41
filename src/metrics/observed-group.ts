import type { Form } from './observation.ts'
import { COLUMN, type ObservedBatch, ROW_NUMBERS } from './observed.ts'
import { STAGE_NAMES, type Stages } from './stages.ts'

/** What has been saved, or could have been. */
export interface Savings {
  /** Generation time in seconds, without model loads. */
  readonly seconds: number
  readonly tokens: number
  readonly generations: number
}

/** Adds to sums in place. */
export function addSavings(
  sums: { -readonly [Name in keyof Savings]: number },
  { seconds, tokens, generations }: Savings,
): void {
  sums.seconds += seconds
  sums.tokens += tokens
  sums.generations += generations
}

/** Requests behind each other that have one form, each with a number from 0. */
export class ObservedGroup {
  readonly form: Form
  readonly length: number
  /** Of all answers together. */
  readonly bytes: number
  readonly saved: Savings
  readonly avoidable: Savings
  readonly #numbers: Float64Array
  readonly #start: number

  constructor(form: Form, numbers: Float64Array, start: number, end: number) {
    this.form = form
    this.length = (end - start) / ROW_NUMBERS
    this.#numbers = numbers
    this.#start = start
    this.bytes = addBytes(numbers, start, end)
    this.saved = addSaved(numbers, start + COLUMN.saved, end)
    this.avoidable = addSaved(numbers, start + COLUMN.avoidable, end)
  }

  durationMs(i: number): number {
    return this.#read(i, COLUMN.durationMs)
  }

  /** NaN where there was none. */
  firstFrameMs(i: number): number {
    return this.#read(i, COLUMN.firstFrameMs)
  }

  bytesOf(i: number): number {
    return this.#read(i, COLUMN.bytes)
  }

  /** Generation time that was not spent again; undefined where it was. */
  savedMs(i: number): number | undefined {
    const costMs = this.#read(i, COLUMN.saved)
    return Number.isNaN(costMs) ? undefined : costMs
  }

  /** What one of the stages took, by its place among them; NaN where there are none. */
  stageMs(i: number, stage: number): number {
    return this.#read(i, COLUMN.stages + stage)
  }

  /** Where the time of one went; undefined where nobody knows. */
  stages(i: number): Stages | undefined {
    if (Number.isNaN(this.stageMs(i, 0))) return undefined
    return STAGE_NAMES.map((_, stage) => this.stageMs(i, stage))
  }

  #read(i: number, column: number): number {
    return this.#numbers[this.#start + i * ROW_NUMBERS + column] ?? Number.NaN
  }
}

/** The requests of a batch in their order, each with the label that its model has here. */
export function toGroups(
  { forms, numbers }: ObservedBatch,
  toLabel: (model: string) => string = (model) => model,
): ObservedGroup[] {
  const groups: ObservedGroup[] = []
  const here = forms.map((form) => toLabelled(form, toLabel(form.model)))
  for (let start = 0; start < numbers.length; ) {
    const place = numbers[start + COLUMN.form] ?? 0
    let end = start + ROW_NUMBERS
    while (numbers[end] === place) end += ROW_NUMBERS
    const form = here[place]
    if (form !== undefined) groups.push(new ObservedGroup(form, numbers, start, end))
    start = end
  }
  return groups
}

function toLabelled(form: Form, model: string): Form {
  return model === form.model ? form : { ...form, model }
}

function addBytes(numbers: Float64Array, start: number, end: number): number {
  let bytes = 0
  for (let at = start + COLUMN.bytes; at < end; at += ROW_NUMBERS) bytes += numbers[at] ?? 0
  return bytes
}

function addSaved(numbers: Float64Array, start: number, end: number): Savings {
  let seconds = 0
  let tokens = 0
  let generations = 0
  for (let at = start; at < end; at += ROW_NUMBERS) {
    const costMs = numbers[at] ?? Number.NaN
    if (Number.isNaN(costMs)) continue
    seconds += costMs / 1000
    tokens += numbers[at + 1] ?? 0
    generations += 1
  }
  return { seconds, tokens, generations }
}
