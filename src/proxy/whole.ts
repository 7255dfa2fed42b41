import type { AnswerFrames, Span } from '../ollama/columns.ts'
import type { Folded } from '../ollama/fold.ts'
import { isFrameRoute, rulesOf } from '../ollama/frame-rules.ts'
import { createIdMint } from '../ollama/fresh-ids.ts'
import { speakWhole } from '../ollama/spoken-whole.ts'
import type { Exchange } from './exchange.ts'
import type { Frames, SourceHead } from './frame-source.ts'

/** An answer in one piece. */
export interface WholeAnswer {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer
}

/** What is new in the answer. */
export interface WholeOptions {
  /** Wall time, in ms. */
  readonly now: number
  /** From 0 to below 1. */
  readonly random: () => number
}

/** All that came. */
export interface Collected {
  readonly pieces: readonly Frames[]
  /** The frames in them, where they were read as they came. */
  readonly spans: readonly Span[] | undefined
}

/** Whether the client asked for the whole answer of a run that was asked to stream. */
export function isWholeWanted({ identity, question }: Exchange): boolean {
  const isFramed = identity !== undefined || question?.speech?.form !== undefined
  return isFramed && question?.reading.whole === 'whole'
}

/** What the client gets who asked for the whole: the fold of the frames, or the object that came instead of a stream. */
export function toWholeAnswer(
  exchange: Exchange,
  head: SourceHead,
  { pieces, spans }: Collected,
  options: WholeOptions,
): WholeAnswer {
  const kept = head.headers.filter(([name]) => !isOfStream(name))
  const { status, contentType, body } =
    head.body === 'frames'
      ? personalize(exchange, foldOnce(exchange, { pieces, spans }), options)
      : translateObject(
          exchange,
          toObject(exchange, head, Buffer.concat(pieces.map(({ bytes }) => bytes))),
          options,
        )
  return { status, headers: [['Content-Type', contentType], ...kept], body }
}

/** One object instead of a stream: an error before the first token, or what is told of a model that was loaded. */
function toObject({ path }: Exchange, head: SourceHead, body: Buffer): Folded {
  return { status: head.status, contentType: toWholeType(head, path), body }
}

/** Folds by what came last: who rides along on one flight is handed the same pieces, and folds them once. */
const folds = new WeakMap<Frames, Folded>()

function foldOnce({ question }: Exchange, { pieces, spans }: Collected): Folded {
  const last = pieces.at(-1)
  const known = last && folds.get(last)
  if (known !== undefined) return known
  const fold = foldAll(question, { rows: pieces.map(({ row }) => row), spans })
  if (last !== undefined) folds.set(last, fold)
  return fold
}

const NOTHING: Folded = { status: 502, contentType: 'application/json', body: Buffer.alloc(0) }

function foldAll(question: Exchange['question'], frames: AnswerFrames): Folded {
  if (question === undefined || !isFrameRoute(question.route)) return NOTHING
  const isOwn = question.speech !== undefined && question.speech.form === undefined
  const document = isOwn ? question.speech.document : question.document
  return rulesOf(question.route).fold(frames, document)
}

/** What came in one piece is the client's own already, unless the run was on another route. */
function translateObject(exchange: Exchange, object: Folded, options: WholeOptions): Folded {
  const isTranslated = exchange.question?.speech?.form !== undefined
  return isTranslated ? personalize(exchange, object, options) : object
}

/** In the words of the client's route, with its own spelling of the model and an id of its own. */
function personalize(exchange: Exchange, fold: Folded, { now, random }: WholeOptions): Folded {
  const { speech, reading } = exchange.question ?? {}
  if (speech === undefined || reading === undefined) return fold
  const mintId = createIdMint(random)
  const createdSeconds = Math.floor(now / 1000)
  return speakWhole(speech, fold, { model: reading.model, createdSeconds, mintId })
}

/** Ollama's whole native answers say the charset, its streamed errors do not (corpus 139 against 140). */
function toWholeType(head: SourceHead, path: string): string {
  const type = head.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
  const isNative = !path.startsWith('/v1/')
  return isNative && type.startsWith('application/json') ? 'application/json; charset=utf-8' : type
}

/** What belongs to the stream and not to the answer: its framing, and that nobody should keep it. */
function isOfStream(name: string): boolean {
  const lower = name.toLowerCase()
  return lower === 'content-length' || lower === 'content-type' || lower === 'cache-control'
}
