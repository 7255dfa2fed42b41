import { LAST_CHUNK, toChunk } from '../http/chunk.ts'
import { type AnswerFrames, listTail } from '../ollama/columns.ts'
import { createEventSplitter } from '../ollama/event-frames.ts'
import {
  type EventValues,
  prepareEvents,
  prepareWhole,
  renderEvents,
  sizeOfEvents,
} from '../ollama/event-template.ts'
import { readText } from '../ollama/frame.ts'
import { isFrameRoute, rulesOf, TAIL_FRAMES } from '../ollama/frame-rules.ts'
import { listFrames, toRow } from '../ollama/frames.ts'
import { createIdMint } from '../ollama/fresh-ids.ts'
import type { Question } from '../ollama/question.ts'
import { createTranslator } from '../ollama/speaker.ts'
import type { Speech } from '../ollama/speech.ts'
import {
  prepareObject,
  prepareTemplate,
  render,
  renderFrames,
  type Template,
} from '../ollama/splice.ts'
import { speakWhole } from '../ollama/spoken-whole.ts'
import type { Entry } from '../store/store.ts'
import { type Completion, createCompletion, type ReplayValues, toStamp } from './complete.ts'
import type { PreparedBody, SourceHead } from './frame-source.ts'

/** An entry made ready to be answered from, in the shape that one kind of client asks for. */
export interface Shape {
  readonly head: SourceHead
  readonly framing: PreparedBody['framing']
  /** Bytes of the body as it is kept: what is new in it takes about as many as what it stands for. */
  readonly sizeBytes: number
  /** The whole answer, head included, for connections that are kept. */
  readonly completion: Completion
  /** The `done_reason` of the answer, where it has one. */
  readonly doneReason: string | undefined
  /** The whole body, with its transfer chunks where it is framed so. */
  render(values: ReplayValues): Buffer
  /** The frames one by one, for a client that cannot take the prepared body. */
  renderFrames(values: ReplayValues): Buffer[]
}

/** The name of the shape that a question asks for: who asks in the same way is given the same one. */
export function nameShape({ reading, speech }: Question): string {
  if (speech === undefined) return reading.whole
  return `${reading.whole} ${speech.route} ${speech.usage} ${speech.form ?? ''}`
}

/** What of an entry is made ready. */
export interface Kept extends Pick<Entry, 'route' | 'contentType'> {
  readonly frames: AnswerFrames
}

/** Makes an entry ready for the clients that ask as this one does. */
export function createShape(entry: Kept, question: Question): Shape {
  const { speech, reading } = question
  const isWhole = reading.whole === 'whole'
  if (speech !== undefined) {
    return isWhole ? toSpokenWhole(entry, question, speech) : toSpokenStream(entry, speech)
  }
  return isWhole ? toWhole(entry, question) : toStream(entry)
}

function toStream(entry: Kept): Shape {
  const template = prepareTemplate(entry.frames.rows)
  return toNativeShape(template, toHead(entry.contentType, 'chunked'), readDoneReason(entry))
}

/** The fold, for clients that want the whole answer. */
function toWhole(entry: Kept, question: Question): Shape {
  const folded = fold(entry, question)
  const { contentType, body } = folded
  const head = toHead(contentType, 'length')
  const read = folded.members?.()
  return read === undefined
    ? toNativeShape(prepareTemplate([toRow(body)]), head, readDoneReason(entry))
    : toNativeShape(prepareObject(body, read), head, readText(body, read, 'done_reason'))
}

function toNativeShape(
  template: Template,
  head: SourceHead,
  doneReason: string | undefined,
): Shape {
  const framing = head.body === 'frames' ? 'chunked' : 'length'
  const renderAll = (values: ReplayValues) =>
    render(template, framing === 'chunked' ? 'chunked' : 'plain', toStamp(values))
  return {
    head,
    framing,
    sizeBytes: template.bytes.length,
    completion: createCompletion(head, framing, renderAll),
    doneReason,
    render: (values) => renderAll(values).bytes,
    renderFrames: (values) => renderFrames(template, toStamp(values)),
  }
}

function readDoneReason({ route, frames }: Kept): string | undefined {
  if (!isFrameRoute(route)) return undefined
  return rulesOf(route).readTotals(listTail(frames, TAIL_FRAMES)).doneReason
}

/** Events of the client's route: those that are kept, or made of native frames. */
function toSpokenStream(entry: Kept, speech: Speech): Shape {
  const { route, usage, form } = speech
  const frames = listFrames(entry.frames.rows)
  const template =
    form === undefined
      ? prepareEvents(route, frames, usage)
      : prepareEvents(route, translate(frames, speech), 'shown')
  const renderAll = (values: ReplayValues) => renderEvents(template, toEventValues(values))
  const renderBody = (values: ReplayValues) =>
    Buffer.concat([...renderAll(values).map((bytes) => toChunk(bytes).chunk), LAST_CHUNK])
  const head = toHead('text/event-stream', 'chunked')
  return {
    head,
    framing: 'chunked',
    sizeBytes: sizeOfEvents(template),
    completion: createCompletion(head, 'chunked', (values) => ({ bytes: renderBody(values) })),
    doneReason: readDoneReason(entry),
    render: renderBody,
    renderFrames: renderAll,
  }
}

function toSpokenWhole(entry: Kept, question: Question, speech: Speech): Shape {
  const { contentType, body } = speakWhole(speech, fold(entry, question), NEUTRAL)
  const template = prepareWhole(speech.route, body)
  const renderAll = (values: ReplayValues) => renderEvents(template, toEventValues(values))
  const renderBody = (values: ReplayValues) => Buffer.concat(renderAll(values))
  const head = toHead(contentType, 'length')
  return {
    head,
    framing: 'length',
    sizeBytes: sizeOfEvents(template),
    completion: createCompletion(head, 'length', (values) => ({ bytes: renderBody(values) })),
    doneReason: readDoneReason(entry),
    render: renderBody,
    renderFrames: renderAll,
  }
}

/** What stands in a template where each answer has its own. */
const NEUTRAL: EventValues = { model: '', createdSeconds: 0, mintId: (original) => original }

function translate(frames: readonly Buffer[], speech: Speech): Buffer[] {
  const write = createTranslator(speech, NEUTRAL)
  const splitter = createEventSplitter()
  return frames.flatMap((frame) => splitter.push(write(frame)))
}

function toEventValues({ model, now, random }: ReplayValues): EventValues {
  return { model, createdSeconds: Math.floor(now / 1000), mintId: createIdMint(random) }
}

function fold(entry: Kept, question: Question) {
  const { speech, document } = question
  const request = speech === undefined || speech.form !== undefined ? document : speech.document
  // Only routes whose answers are made of frames make entries.
  const rules = rulesOf(isFrameRoute(entry.route) ? entry.route : '/api/generate')
  return rules.fold(entry.frames, request)
}

function toHead(contentType: string, framing: Shape['framing']): SourceHead {
  const body = framing === 'chunked' ? 'frames' : 'opaque'
  return { status: 200, headers: [['Content-Type', contentType]], body }
}
