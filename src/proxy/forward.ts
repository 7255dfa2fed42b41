import { type Document, replaceStream } from '../ollama/document.ts'
import { toStreamedRequest } from '../ollama/streamed-request.ts'
import type { RunRequest } from '../upstream/run.ts'
import { isInjected } from './answer-headers.ts'
import type { Exchange } from './exchange.ts'
import { toForwardedHeaders } from './forwarded.ts'
import { findRules } from './personal.ts'

/** The request that is sent to the origin for an exchange. `pseudonym` is our name in `Via`. */
export function toRunRequest(exchange: Exchange, pseudonym: string): RunRequest {
  return {
    method: exchange.method,
    path: toPath(exchange),
    // The length is that of the bytes sent, not of those received.
    headers: toForwardedHeaders(exchange, pseudonym).filter(
      ([name]) => name.toLowerCase() !== 'content-length',
    ),
    body: toForwardedBody(exchange),
  }
}

/** The client's bytes, with what the rules of the outcome allow to be put in. */
function toForwardedBody(exchange: Exchange): Buffer | undefined {
  const asked = exchange.body.kind === 'whole' ? exchange.body.bytes : undefined
  const { question } = exchange
  if (question === undefined || !isInjected(exchange)) return asked
  return toAsked(question.document, exchange).bytes
}

/** What was translated is sent on the native route. */
function toPath({ path, query, question }: Exchange): string {
  const isTranslated = question !== undefined && question.route !== path
  return isTranslated ? question.route : `${path}${query}`
}

/** Upstream is always asked to stream where the answer is read: one recording serves all kinds of clients. */
function toAsked(document: Document, exchange: Exchange): Document {
  if (findRules(exchange) === undefined) return document
  const { speech } = exchange.question ?? {}
  const isCompatible = speech !== undefined && speech.form === undefined
  return isCompatible ? toStreamedRequest(document) : replaceStream(document)
}
