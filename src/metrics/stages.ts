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
  /** Sending what there was to the client. */
  'deliver',
] as const

/** The name of a stage. */
export type StageName = (typeof STAGE_NAMES)[number]

/** How long each stage of one request took, in ms. They add up to its total. */
export type Stages = Readonly<Record<StageName, number>>

/** What a person reads: each of these is one stage or several. */
const SHARES: readonly (readonly [string, readonly StageName[]])[] = [
  ['queue', ['queue']],
  ['load', ['load']],
  ['prompt', ['prompt']],
  ['generate', ['generate']],
  ['other', ['receive', 'key', 'lookup', 'connect', 'firstFrame', 'deliver']],
]

/** The time of a request and where it went, as `total 37458 ms · queue 12 (0 %) · load 1045 (3 %) …`. */
export function toShares(stages: Stages): string {
  const total = STAGE_NAMES.reduce((sum, name) => sum + stages[name], 0)
  const parts = SHARES.map(([word, names]) => {
    const ms = names.reduce((sum, name) => sum + stages[name], 0)
    const share = total === 0 ? 0 : Math.round((ms / total) * 100)
    return `${word} ${Math.round(ms)} (${share} %)`
  })
  return [`total ${Math.round(total)} ms`, ...parts].join(' · ')
}
