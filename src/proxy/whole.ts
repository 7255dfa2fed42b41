import { foldFrames, type NativeRoute } from '../ollama/fold.ts'
import type { Exchange } from './exchange.ts'
import type { SourceHead } from './frame-source.ts'

/** An answer in one piece. */
export interface WholeAnswer {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer
}

/** Whether the client asked for the whole answer of a run that was asked to stream. */
export function isWholeWanted({ identity, question }: Exchange): boolean {
  return identity !== undefined && question?.reading.whole === 'whole'
}

/** What the client gets who asked for the whole: the fold of the frames, or the object that came instead of a stream. */
export function toWholeAnswer(
  exchange: Exchange,
  head: SourceHead,
  pieces: readonly Buffer[],
): WholeAnswer {
  const kept = head.headers.filter(([name]) => !isFraming(name))
  const { status, contentType, body } =
    head.body === 'frames'
      ? foldOnce(exchange, pieces)
      : // An error before the first token.
        { status: head.status, contentType: toWholeType(head), body: Buffer.concat(pieces) }
  return { status, headers: [['Content-Type', contentType], ...kept], body }
}

type Fold = ReturnType<typeof foldFrames>

/** Folds by their last frame: who rides along on one flight is handed the same buffers, and folds them once. */
const folds = new WeakMap<Buffer, Fold>()

function foldOnce(exchange: Exchange, frames: readonly Buffer[]): Fold {
  const last = frames.at(-1)
  const known = last && folds.get(last)
  if (known !== undefined) return known
  const hasTools = exchange.question?.document.members.has('tools')
  const fold = foldFrames(exchange.path as NativeRoute, frames, hasTools ? 'tools' : 'no-tools')
  if (last !== undefined) folds.set(last, fold)
  return fold
}

/** Ollama's whole answers say the charset, its streamed errors do not (corpus 139 against 140). */
function toWholeType(head: SourceHead): string {
  const type = head.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
  return type.startsWith('application/json') ? 'application/json; charset=utf-8' : type
}

function isFraming(name: string): boolean {
  const lower = name.toLowerCase()
  return lower === 'content-length' || lower === 'content-type'
}
