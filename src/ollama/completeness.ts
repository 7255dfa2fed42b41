import { type FrameMembers, readFrame, readNumber, readText } from './frame.ts'
import { createPlainReader } from './plain-frame.ts'

/** Whether the frames are a whole answer. */
export type FrameVerdict =
  | 'complete'
  /** One of them tells of an error. */
  | 'error-frame'
  /** The last one is not the terminal one, or not the last. */
  | 'incomplete'

/** The ends of a generation; `load` and `unload` are no generations, and Ollama has no others. */
const FINAL_REASONS: ReadonlySet<string | undefined> = new Set(['stop', 'length'])

/**
 * Complete or nothing, for generate and chat: every line is an object without `error`, and the last one,
 * and no other, has `done: true` with `done_reason` `stop` or `length`. A run that broke ends its 200
 * cleanly with an error line (corpus experiments/killed-generate-stream); a truncated one just ends.
 */
export function judgeFrames(frames: readonly Buffer[]): FrameVerdict {
  let isDone = false
  for (const frame of frames) {
    // One that says that more comes is neither the last nor an error.
    if (!isDone && plain.read(frame, 0, frame.length)) continue
    const members = readFrame(frame)
    if (members?.has('error')) return 'error-frame'
    // A blank or broken line, or one behind the last: what clients make of it is not ours to repeat.
    if (members === undefined || isDone || frame.at(-1) !== LINE_FEED) return 'incomplete'
    isDone = members.get('done')?.type === 'true'
    if (isDone && !FINAL_REASONS.has(readText(frame, members, 'done_reason'))) return 'incomplete'
  }
  return isDone ? 'complete' : 'incomplete'
}

const LINE_FEED = 0x0a

const plain = createPlainReader()

/** What the last frame says of the run. */
export interface AnswerTotals {
  /** Tokens of the prompt; 0 where Ollama does not say. */
  readonly promptTokens: number
  /** Tokens generated; 0 where Ollama does not say. */
  readonly tokens: number
  /** Prompt evaluation and generation in ms, without the load: what it would cost to run again. */
  readonly costMs: number
  /** Reading the prompt in ms. */
  readonly promptMs: number
  /** The load of the model in ms. */
  readonly loadMs: number
  readonly doneReason: string | undefined
}

/**
 * Reads the last frame, or a whole answer; all zero where it is not one. Ollama's durations are in ns. Several
 * want to know it of one run, one behind the other: for the entry, for its client and for the counts.
 */
export function readTotals(frame: Buffer): AnswerTotals {
  if (last.frame !== frame) last = { frame, totals: readNew(frame) }
  return last.totals
}

let last: { frame?: Buffer; totals: AnswerTotals } = { totals: readNew(Buffer.alloc(0)) }

function readNew(frame: Buffer): AnswerTotals {
  const members: FrameMembers = readFrame(frame) ?? new Map()
  const read = (name: string): number => readNumber(frame, members, name)
  return {
    promptTokens: read('prompt_eval_count'),
    tokens: read('eval_count'),
    costMs: (read('prompt_eval_duration') + read('eval_duration')) / 1e6,
    promptMs: read('prompt_eval_duration') / 1e6,
    loadMs: read('load_duration') / 1e6,
    doneReason: readText(frame, members, 'done_reason'),
  }
}
