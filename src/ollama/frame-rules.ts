import { type AnswerFrames, spansOf } from './columns.ts'
import { type AnswerTotals, createJudge, type Judge, readTotals } from './completeness.ts'
import type { Document } from './document.ts'
import type { EventRoute } from './event.ts'
import { createEventJudge, readEventTotals } from './event-completeness.ts'
import { foldEvents } from './event-fold.ts'
import { createEventSplitter } from './event-frames.ts'
import { type Folded, foldSpans, type NativeRoute } from './fold.ts'
import { createNdjsonSplitter, type FrameSplitter, listFrames } from './frames.ts'

/** What is done with the frames of one route. */
export interface FrameRules {
  /** What the content type of a streamed answer begins with. */
  readonly contentType: string
  createSplitter(): FrameSplitter
  /** Complete or nothing. */
  createJudge(): Judge
  /** What the last frames say of the run; {@link TAIL_FRAMES} of them are enough. */
  readTotals(tail: readonly Buffer[]): AnswerTotals
  /** The whole answer Ollama would have given to the request. */
  fold(frames: AnswerFrames, request: Document): Folded
}

/** How many of the last frames tell all that is told of a run. */
export const TAIL_FRAMES = 4

const native = (route: NativeRoute): FrameRules => ({
  contentType: 'application/x-ndjson',
  createSplitter: createNdjsonSplitter,
  createJudge,
  readTotals: (tail) => readTotals(tail.at(-1) ?? NOTHING),
  fold: (frames, request) =>
    foldSpans(route, spansOf(frames), request.members.has('tools') ? 'tools' : 'no-tools'),
})

const compatible = (route: EventRoute): FrameRules => ({
  contentType: 'text/event-stream',
  createSplitter: createEventSplitter,
  createJudge: () => createEventJudge(route),
  readTotals: (tail) => readEventTotals(route, tail),
  fold: ({ rows }, request) => foldEvents(route, listFrames(rows), request),
})

const NOTHING = Buffer.alloc(0)

const RULES: Readonly<Record<NativeRoute | EventRoute, FrameRules>> = {
  '/api/generate': native('/api/generate'),
  '/api/chat': native('/api/chat'),
  '/v1/chat/completions': compatible('/v1/chat/completions'),
  '/v1/completions': compatible('/v1/completions'),
  '/v1/responses': compatible('/v1/responses'),
  '/v1/messages': compatible('/v1/messages'),
}

/** A route whose answers are made of frames. */
export type FrameRoute = keyof typeof RULES

/** Whether the answers of a route are made of frames. */
export function isFrameRoute(route: string): route is FrameRoute {
  return Object.hasOwn(RULES, route)
}

/** Whether it is one of the routes that stream events. */
export function isEventRoute(route: string): route is EventRoute {
  return isFrameRoute(route) && route.startsWith('/v1/')
}

/** The rules of a route whose answers are made of frames. */
export function rulesOf(route: FrameRoute): FrameRules {
  return RULES[route]
}
