import { type Columns, createColumns } from './columns.ts'
import { type FrameMembers, readFrame, readNumber, readText } from './frame.ts'
import type { TakeFrame } from './frames.ts'

/** Whether the frames are a whole answer. */
export type FrameVerdict =
  | 'complete'
  /** One of them tells of an error. */
  | 'error-frame'
  /** The last one is not the terminal one, or not the last. */
  | 'incomplete'

/** The ends of a generation; `load` and `unload` are no generations, and Ollama has no others. */
const FINAL_REASONS: ReadonlySet<string | undefined> = new Set(['stop', 'length'])

/** Judges frames as they come, in their order. */
export interface Judge {
  readonly take: TakeFrame
  /** Of the frames so far, were they all. */
  verdict(): FrameVerdict
  /** What the terminal frame says of the run, where it came and was read for the verdict. */
  totals(): AnswerTotals | undefined
  /** The frames so far, where reading them was judging them. */
  readonly columns?: Columns
}

/**
 * Complete or nothing, for generate and chat: every line is an object without `error`, and the last one,
 * and no other, has `done: true` with `done_reason` `stop` or `length`. A run that broke ends its 200
 * cleanly with an error line (corpus experiments/killed-generate-stream); a truncated one just ends.
 */
export function createJudge(): Judge {
  let totals: AnswerTotals | undefined
  let flaw: FrameVerdict | undefined
  const columns = createColumns()
  return {
    columns,
    take(bytes, from, to) {
      const isPlain = columns.take(bytes, from, to)
      // One that says that more comes is neither the last nor an error.
      if (flaw !== undefined || (totals === undefined && isPlain)) return
      const found = judgeFrame(bytes.subarray(from, to))
      // A blank or broken line, or one behind the last: what clients make of it is not ours to repeat.
      if (found === 'error-frame') flaw = found
      else if (found === 'incomplete' || totals !== undefined) flaw = 'incomplete'
      else if (found !== 'more') totals = found
    },
    verdict: () => flaw ?? (totals === undefined ? 'incomplete' : 'complete'),
    totals: () => (flaw === undefined ? totals : undefined),
  }
}

/** Of a terminal frame what it says of the run. */
function judgeFrame(frame: Buffer): 'error-frame' | 'incomplete' | 'more' | AnswerTotals {
  const members = readFrame(frame)
  if (members?.has('error')) return 'error-frame'
  if (members === undefined || frame.at(-1) !== LINE_FEED) return 'incomplete'
  if (members.get('done')?.type !== 'true') return 'more'
  const totals = toTotals(frame, members)
  return FINAL_REASONS.has(totals.doneReason) ? totals : 'incomplete'
}

/** What a judge says of all of them. */
export function judgeAll(judge: Judge, frames: readonly Buffer[]): FrameVerdict {
  for (const frame of frames) judge.take(frame, 0, frame.length)
  return judge.verdict()
}

const LINE_FEED = 0x0a

const NOTHING: FrameMembers = new Map()

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

/** Reads the last frame, or a whole answer; all zero where it is not one. Ollama's durations are in ns. */
export function readTotals(frame: Buffer): AnswerTotals {
  return toTotals(frame, readFrame(frame))
}

function toTotals(frame: Buffer, members: FrameMembers = NOTHING): AnswerTotals {
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
