import type { Clock, Timer } from '../clock.ts'
import type { Observation } from '../metrics/observe.ts'
import { STAGE_NAMES, type Stages } from '../metrics/stages.ts'

/** What many requests have in common: everything but their numbers. */
type Form = Omit<Observation, 'durationMs' | 'firstFrameMs' | 'bytes' | 'saved' | 'stages'>

/** Observations on their way to the process that counts: as columns, because that costs a tenth of objects. */
export interface ObservedBatch {
  readonly forms: readonly Form[]
  /** `ROW_NUMBERS` numbers for each request: its form, then what it measured; NaN where there was nothing. */
  readonly numbers: Float64Array
}

/** Collects observations until they are handed over. */
export interface ObservedQueue {
  add(observation: Observation): void
  /** Hands over what there is, now. */
  handOver(): void
}

const FIXED = 6
const ROW_NUMBERS = FIXED + STAGE_NAMES.length
/** So many are handed over together at most. */
const MOST_ROWS = 2_048
/** They wait so long for others at most, in ms. */
const WAIT_MS = 200

/** `take` gets each batch. */
export function createObservedQueue(
  clock: Pick<Clock, 'startTimer'>,
  take: (batch: ObservedBatch) => void,
): ObservedQueue {
  const numbers = new Float64Array(MOST_ROWS * ROW_NUMBERS)
  let forms = new Map<string, NumberedForm>()
  let last: NumberedForm | undefined
  let rows = 0
  let timer: Timer | undefined

  function handOver(): void {
    timer?.cancel()
    timer = undefined
    if (rows === 0) return
    const batch = {
      forms: Array.from(forms.values(), ({ form }) => form),
      numbers: numbers.slice(0, rows * ROW_NUMBERS),
    }
    forms = new Map()
    last = undefined
    rows = 0
    take(batch)
  }

  function indexOf(observation: Observation): number {
    // Most often the form of the one before: then no name is made.
    if (last !== undefined && isOf(last.form, observation)) return last.index
    const name = nameForm(observation)
    last = forms.get(name) ?? { index: forms.size, form: toForm(observation) }
    forms.set(name, last)
    return last.index
  }

  return {
    add(observation) {
      writeRow(numbers, rows * ROW_NUMBERS, observation, indexOf(observation))
      rows += 1
      if (rows === MOST_ROWS) handOver()
      else timer ??= clock.startTimer(WAIT_MS, handOver)
    },
    handOver,
  }
}

/** The observations of a batch, in their order, each with the label that its model has here. */
export function* readObserved(
  { forms, numbers }: ObservedBatch,
  toLabel: (model: string) => string = (model) => model,
): Generator<Observation> {
  const labels = forms.map(({ model }) => toLabel(model))
  for (let at = 0; at < numbers.length; at += ROW_NUMBERS) {
    const index = numbers[at] ?? 0
    const form = forms[index]
    if (form !== undefined) yield readRow(form, labels[index] ?? form.model, numbers, at)
  }
}

interface NumberedForm {
  readonly index: number
  readonly form: Form
}

function isOf(form: Form, observation: Observation): boolean {
  return (
    form.model === observation.model &&
    form.endpoint === observation.endpoint &&
    form.kind === observation.kind &&
    form.status === observation.status &&
    form.client === observation.client &&
    form.capped === observation.capped &&
    form.outcome.kind === observation.outcome.kind &&
    toTier(form) === toTier(observation)
  )
}

function toTier({ outcome }: Pick<Observation, 'outcome'>): string {
  return 'tier' in outcome ? outcome.tier : 'reason' in outcome ? outcome.reason : ''
}

function nameForm(observation: Observation): string {
  const { outcome, endpoint, kind, model, status, client, capped } = observation
  return `${outcome.kind} ${toTier(observation)} ${endpoint} ${kind} ${status} ${client} ${capped} ${model}`
}

/** How long an entry is still fresh is the client's to know: nobody counts it. */
function toForm({ outcome, endpoint, kind, model, status, client, capped }: Observation): Form {
  const common = 'ttlSeconds' in outcome ? { ...outcome, ttlSeconds: 0 } : outcome
  return { outcome: common, endpoint, kind, model, status, client, capped }
}

function writeRow(numbers: Float64Array, at: number, observation: Observation, form: number): void {
  const { durationMs, firstFrameMs, bytes, saved, stages } = observation
  numbers[at] = form
  numbers[at + 1] = durationMs
  numbers[at + 2] = firstFrameMs ?? Number.NaN
  numbers[at + 3] = bytes
  numbers[at + 4] = saved?.costMs ?? Number.NaN
  numbers[at + 5] = saved?.tokens ?? Number.NaN
  for (let i = 0; i < STAGE_NAMES.length; i++) {
    numbers[at + FIXED + i] = stages?.[i] ?? Number.NaN
  }
}

/** Written out member by member: put together of parts, each row took eight times as long as it takes to count it. */
function readRow(form: Form, model: string, numbers: Float64Array, at: number): Observation {
  const { outcome, endpoint, kind, status, client, capped } = form
  const costMs = numbers[at + 4] ?? Number.NaN
  return {
    outcome,
    endpoint,
    kind,
    model,
    status,
    durationMs: numbers[at + 1] ?? Number.NaN,
    stages: readStages(numbers, at + FIXED),
    firstFrameMs: orNothing(numbers[at + 2]),
    bytes: numbers[at + 3] ?? Number.NaN,
    saved: Number.isNaN(costMs) ? undefined : { costMs, tokens: numbers[at + 5] ?? 0 },
    client,
    capped,
  }
}

function readStages(numbers: Float64Array, at: number): Stages | undefined {
  if (Number.isNaN(numbers[at])) return undefined
  const stages: number[] = []
  for (let i = 0; i < STAGE_NAMES.length; i++) stages.push(numbers[at + i] ?? 0)
  return stages
}

function orNothing(value: number | undefined): number | undefined {
  return value === undefined || Number.isNaN(value) ? undefined : value
}
