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
  let forms = new Map<string, { readonly index: number; readonly form: Form }>()
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
    rows = 0
    take(batch)
  }

  function indexOf(observation: Observation): number {
    const name = nameForm(observation)
    const known = forms.get(name)
    if (known !== undefined) return known.index
    const index = forms.size
    forms.set(name, { index, form: toForm(observation) })
    return index
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

/** The observations of a batch, in their order. */
export function* readObserved({ forms, numbers }: ObservedBatch): Generator<Observation> {
  for (let at = 0; at < numbers.length; at += ROW_NUMBERS) {
    const form = forms[numbers[at] ?? 0]
    if (form !== undefined) yield { ...form, ...readRow(numbers, at) }
  }
}

function nameForm({ outcome, endpoint, kind, model, status, client, capped }: Observation): string {
  const tier = 'tier' in outcome ? outcome.tier : 'reason' in outcome ? outcome.reason : ''
  return `${outcome.kind} ${tier} ${endpoint} ${kind} ${status} ${client} ${capped} ${model}`
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

function readRow(numbers: Float64Array, at: number) {
  const read = (column: number): number => numbers[at + column] ?? Number.NaN
  const costMs = read(4)
  return {
    durationMs: read(1),
    firstFrameMs: orNothing(read(2)),
    bytes: read(3),
    saved: Number.isNaN(costMs) ? undefined : { costMs, tokens: read(5) },
    stages: Number.isNaN(read(FIXED)) ? undefined : toStages(read),
  }
}

function toStages(read: (column: number) => number): Stages {
  return STAGE_NAMES.map((_, index) => read(FIXED + index))
}

function orNothing(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value
}
