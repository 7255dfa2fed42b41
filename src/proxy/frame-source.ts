import type { RepriseError } from '../errors.ts'
import type { Row } from '../http/chunk.ts'
import type { Span } from '../ollama/columns.ts'
import type { AnswerTotals } from '../ollama/completeness.ts'
import type { FrameRules } from '../ollama/frame-rules.ts'
import type { UpstreamFailure } from '../upstream/failure.ts'
import type { Completion, ReplayValues } from './complete.ts'

/** What stands before the frames: status and the headers that are passed on. */
export interface SourceHead {
  readonly status: number
  /** End-to-end headers, as the origin wrote them or as they were stored. */
  readonly headers: readonly (readonly [string, string])[]
  /** `frames`: one NDJSON line each, as recorded for reuse. `opaque`: bytes in whatever pieces they came. */
  readonly body: 'frames' | 'opaque'
}

/** How a source ended. */
export type SourceEnd =
  /** The transport ended properly; whether the answer is complete is another question. */
  | { readonly kind: 'ended' }
  /** The transport broke, or could not be opened when there is no head. */
  | { readonly kind: 'failed'; readonly failure: UpstreamFailure }
  /** The origin was not asked. */
  | { readonly kind: 'refused'; readonly error: RepriseError }

/**
 * Frames that stand behind each other, at least one: most often all that came in one read, so that nothing is made for
 * each. Every reader is given the same memory: it must not be written to.
 */
export interface Frames {
  /** How many. */
  readonly count: number
  /** How many bytes they have: to know that, they need not be made into a buffer. */
  readonly size: number
  /** All of them in one. */
  readonly bytes: Buffer
  /** The same with a transfer chunk around each, made once for all readers; undefined for what has none of its own. */
  readonly chunks: Buffer | undefined
  /** Where they stand in memory. */
  readonly row: Row
  /** Each by itself: the last so many, or all. */
  list(last?: number): readonly Buffer[]
}

/** A body that needs nothing more: its bytes, with transfer chunks in them or a length before them. */
export interface PreparedBody {
  readonly bytes: Buffer
  /** What follows them, where it is too much to be copied into one. */
  readonly rest?: readonly Buffer[]
  readonly framing: 'chunked' | 'length'
  /** Where all of the answer can go in one write. */
  readonly known?: KnownAnswer
}

/** An answer that has been made ready: its bytes are put together where they are sent. */
export interface KnownAnswer {
  /** About how many bytes the body has. */
  readonly sizeBytes: number
  readonly completion: Completion
  readonly values: ReplayValues
}

/** One reader's place in a source. */
export interface Cursor {
  /** The next frames, at most so many; undefined while there are none. Taking them moves the cursor. */
  next(most?: number): Frames | undefined
  /** Stops being called, and holds the origin up no longer. */
  close(): void
}

/**
 * An async source of body frames. A hit and a flight hand `deliver` the same thing; it cannot tell them
 * apart but by the outcome. The list of frames is append-only and each reader has its own cursor.
 */
export interface FrameSource {
  /** Undefined until the origin's head has come. */
  readonly head: SourceHead | undefined
  /** Undefined while more frames may come. */
  readonly end: SourceEnd | undefined
  /** The whole body as it goes on the wire to this client, where it is ready before the first frame is asked for. */
  readonly prepared?: PreparedBody
  /** After the end: what the last frames say of the run, where somebody has read them; by the rules of their route. */
  totals?(rules: FrameRules): AnswerTotals | undefined
  /** After the end: all frames, where they were read as they came and are given to readers as they are. */
  spans?(): readonly Span[] | undefined
  /** Starts reading at the first frame; `onChange` is called after the head, each frame and the end. */
  open(onChange: () => void): Cursor
}
