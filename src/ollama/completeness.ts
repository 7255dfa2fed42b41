import { type FrameMembers, readFrame, readNumber, readText } from './frame.ts'

/** Whether the frames are a whole answer. */
export type FrameVerdict =
  | 'complete'
  /** One of them tells of an error. */
  | 'error-frame'
  /** The last one is not the terminal one, or not the last. */
  | 'incomplete'

/** The ends of a generation; `load` and `unload` are no generations, and Ollama has no others. */
const FINAL_REASONS: ReadonlySet<string | undefined> = new Set(['stop', 'length'])

const DONE = Buffer.from('"done":true')
const ERROR = Buffer.from('"error"')

/**
 * Complete or nothing, for generate and chat: no frame has `error`, and the last one, and no other, has
 * `done: true` with `done_reason` `stop` or `length`. A run that broke ends its 200 cleanly with an
 * error line (corpus experiments/killed-generate-stream); a truncated one just ends.
 */
export function judgeFrames(frames: readonly Buffer[]): FrameVerdict {
  const last = frames.at(-1)
  if (last === undefined) return 'incomplete'
  // Frames between are not parsed unless their bytes hold one of the two words.
  for (const frame of frames.slice(0, -1)) {
    if (!frame.includes(ERROR) && !frame.includes(DONE)) continue
    const members = readFrame(frame)
    if (members?.has('error')) return 'error-frame'
    if (members?.get('done')?.type === 'true') return 'incomplete'
  }
  return judgeLast(last)
}

function judgeLast(frame: Buffer): FrameVerdict {
  const members = readFrame(frame)
  if (members?.has('error')) return 'error-frame'
  if (members?.get('done')?.type !== 'true') return 'incomplete'
  const isLine = frame.at(-1) === 0x0a
  return isLine && FINAL_REASONS.has(readText(frame, members, 'done_reason'))
    ? 'complete'
    : 'incomplete'
}

/** What the last frame says of the run. */
export interface AnswerTotals {
  /** Tokens of the prompt; 0 where Ollama does not say. */
  readonly promptTokens: number
  /** Tokens generated; 0 where Ollama does not say. */
  readonly tokens: number
  /** Prompt evaluation and generation in ms, without the load: what it would cost to run again. */
  readonly costMs: number
  /** The load of the model in ms. */
  readonly loadMs: number
  readonly doneReason: string | undefined
}

/** Reads the last frame, or a whole answer; all zero where it is not one. Ollama's durations are in ns. */
export function readTotals(frame: Buffer): AnswerTotals {
  const members: FrameMembers = readFrame(frame) ?? new Map()
  const read = (name: string): number => readNumber(frame, members, name)
  return {
    promptTokens: read('prompt_eval_count'),
    tokens: read('eval_count'),
    costMs: (read('prompt_eval_duration') + read('eval_duration')) / 1e6,
    loadMs: read('load_duration') / 1e6,
    doneReason: readText(frame, members, 'done_reason'),
  }
}
