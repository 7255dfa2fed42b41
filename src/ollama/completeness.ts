import { type FrameMembers, readFrame, readNumber, readText } from './frame.ts'
import type { TakeFrame } from './frames.ts'
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

/** Judges frames as they come, in their order. */
export interface Judge {
  readonly take: TakeFrame
  /** Of the frames so far, were they all. */
  verdict(): FrameVerdict
}

/**
 * Complete or nothing, for generate and chat: every line is an object without `error`, and the last one,
 * and no other, has `done: true` with `done_reason` `stop` or `length`. A run that broke ends its 200
 * cleanly with an error line (corpus experiments/killed-generate-stream); a truncated one just ends.
 */
export function createJudge(): Judge {
  let isDone = false
  let flaw: FrameVerdict | undefined
  return {
    take(bytes, from, to) {
      if (flaw !== undefined) return
      // One that says that more comes is neither the last nor an error.
      if (!isDone && plain.read(bytes, from, to)) return
      const found = judgeFrame(bytes.subarray(from, to))
      // A blank or broken line, or one behind the last: what clients make of it is not ours to repeat.
      if (found === 'error-frame') flaw = found
      else if (found === 'incomplete' || isDone) flaw = 'incomplete'
      else isDone = found === 'last'
    },
    verdict: () => flaw ?? (isDone ? 'complete' : 'incomplete'),
  }
}

function judgeFrame(frame: Buffer): 'error-frame' | 'incomplete' | 'last' | 'more' {
  const members = readFrame(frame)
  if (members?.has('error')) return 'error-frame'
  if (members === undefined || frame.at(-1) !== LINE_FEED) return 'incomplete'
  if (members.get('done')?.type !== 'true') return 'more'
  last = { frame, totals: toTotals(frame, members) }
  return FINAL_REASONS.has(last.totals.doneReason) ? 'last' : 'incomplete'
}

/** What a judge says of all of them. */
export function judgeAll(judge: Judge, frames: readonly Buffer[]): FrameVerdict {
  for (const frame of frames) judge.take(frame, 0, frame.length)
  return judge.verdict()
}

const LINE_FEED = 0x0a

const plain = createPlainReader()

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

/**
 * Reads the last frame, or a whole answer; all zero where it is not one. Ollama's durations are in ns. Several
 * want to know it of one run, one behind the other: for the entry, for its client and for the counts. The judge
 * has read it before all of them.
 */
export function readTotals(frame: Buffer): AnswerTotals {
  if (!isSame(last.frame, frame)) last = { frame, totals: toTotals(frame, readFrame(frame)) }
  return last.totals
}

let last: { readonly frame: Buffer; readonly totals: AnswerTotals } = {
  frame: Buffer.alloc(0),
  totals: toTotals(Buffer.alloc(0), undefined),
}

/** Whether two buffers are the same bytes in memory: nobody writes to those of a frame. */
function isSame(one: Buffer, other: Buffer): boolean {
  if (one === other) return true
  if (one.length !== other.length || one.byteOffset !== other.byteOffset) return false
  return one.buffer === other.buffer
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
