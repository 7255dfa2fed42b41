import { MODEL_BOUNDS, OWN_BOUNDS } from './durations.ts'
import { toHundredths } from './hundredths.ts'

/** The stages of a request, in the order in which they happen. */
export const STAGE_NAMES = [
  /** Reading the body. */
  'receive',
  /** Understanding it, and making the key. */
  'key',
  /** Asking the store. */
  'lookup',
  /** Waiting for a slot of the origin. */
  'queue',
  /** Connecting to the origin. */
  'connect',
  /** Waiting for the first frame: while the model was loaded, as the origin says. */
  'load',
  /** Waiting for the first frame: while the prompt was read, as the origin says. */
  'prompt',
  /** Waiting for the first frame: the rest. */
  'firstFrame',
  /** From the first frame to the last. */
  'generate',
  /** Judging the answer, and handing it to the store; writing it down is not waited for. */
  'store',
  /** Sending what there was to the client. */
  'deliver',
] as const

/** The name of a stage. */
export type StageName = (typeof STAGE_NAMES)[number]

/**
 * How long each stage of one request took, in ms, in the order of their names. They add up to its total. A list of
 * numbers is one piece of memory to V8; an object with a member for each would be twelve.
 */
export type Stages = readonly number[]

/** Upper bounds of each stage's histogram, in seconds: some are Reprise's own work, some wait for the model. */
export const BOUNDS_OF: Readonly<Record<StageName, readonly number[]>> = {
  receive: OWN_BOUNDS,
  key: OWN_BOUNDS,
  lookup: OWN_BOUNDS,
  queue: MODEL_BOUNDS,
  connect: OWN_BOUNDS,
  load: MODEL_BOUNDS,
  prompt: MODEL_BOUNDS,
  firstFrame: MODEL_BOUNDS,
  generate: MODEL_BOUNDS,
  store: OWN_BOUNDS,
  deliver: OWN_BOUNDS,
}

/** The time of a request in all, in ms. */
export function toTotal(stages: Stages): number {
  let total = 0
  for (let i = 0; i < stages.length; i++) total += stages[i] ?? 0
  return total
}

/** What a person reads: each of these is one stage or several. */
const SHARES: readonly (readonly [string, readonly StageName[]])[] = [
  ['queue', ['queue']],
  ['load', ['load']],
  ['prompt', ['prompt']],
  ['generate', ['generate']],
  ['other', ['receive', 'key', 'lookup', 'connect', 'firstFrame', 'store', 'deliver']],
]

/** Below this total hundredths of a millisecond are told, in ms. */
const FINE_MS = 100

/**
 * The time of a request and where it went, as `total 37458 ms · queue 12 (0 %) · load 1045 (3 %) …`. The times
 * that are told add up to the total that is told.
 */
export function toShares(stages: Stages): string {
  const parts = SHARES.map(([, names]) =>
    names.reduce((sum, name) => sum + durationOf(stages, name), 0),
  )
  const total = toTotal(stages)
  const unit = total < FINE_MS ? 0.01 : 1
  const times = apportion(parts, Math.round(total / unit))
  const toMs = (units: number): string => String(Math.round(units * unit * 100) / 100)
  const toShare = (ms = 0): number => (total === 0 ? 0 : Math.round((ms / total) * 100))
  const told = SHARES.map(([word], i) => `${word} ${toMs(times[i] ?? 0)} (${toShare(parts[i])} %)`)
  return [`total ${toMs(Math.round(total / unit))} ms`, ...told].join(' · ')
}

/** Whole numbers in proportion to the parts that add up to the whole: the largest remainders are rounded up. */
function apportion(parts: readonly number[], whole: number): number[] {
  const sum = parts.reduce((total, part) => total + part, 0)
  const exact = parts.map((part) => (sum === 0 ? 0 : (part / sum) * whole))
  const floors = exact.map(Math.floor)
  const missing = sum === 0 ? 0 : whole - floors.reduce((total, part) => total + part, 0)
  const byRemainder = exact
    .map((value, place) => ({ place, remainder: value - Math.floor(value) }))
    .toSorted((one, other) => other.remainder - one.remainder)
  for (const { place } of byRemainder.slice(0, missing)) floors[place] = (floors[place] ?? 0) + 1
  return floors
}

/**
 * The stages so far as the value of `Server-Timing` (W3C): those that took time, in their order, and the total.
 * `queueDepth`: how many stood before it in the queue.
 */
export function toServerTiming(stages: Stages, queueDepth: number): string {
  let text = ''
  for (let i = 0; i < stages.length; i++) {
    const ms = stages[i] ?? 0
    if (ms === 0) continue
    const name = STAGE_NAMES[i]
    const place = name === 'queue' && queueDepth > 0 ? `;desc="behind ${queueDepth}"` : ''
    text += `${name};dur=${toHundredths(ms)}${place}, `
  }
  return `${text}total;dur=${toHundredths(toTotal(stages))}`
}

function durationOf(stages: Stages, name: StageName): number {
  return stages[STAGE_NAMES.indexOf(name)] ?? 0
}
