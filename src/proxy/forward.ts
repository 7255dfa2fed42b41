import { type Document, replaceStream } from '../ollama/document.ts'
import type { RunRequest } from '../upstream/run.ts'
import { isInjected } from './answer-headers.ts'
import type { Exchange } from './exchange.ts'
import { toForwardedHeaders } from './forwarded.ts'

/** The request that is sent to the origin for an exchange. `pseudonym` is our name in `Via`. */
export function toRunRequest(exchange: Exchange, pseudonym: string): RunRequest {
  return {
    method: exchange.method,
    path: `${exchange.path}${exchange.query}`,
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

/** Upstream is always asked to stream on a miss: one recording serves both kinds of client. */
function toAsked(document: Document, exchange: Exchange): Document {
  const isWhole = exchange.question?.reading.whole === 'whole'
  return exchange.identity !== undefined && isWhole ? replaceStream(document) : document
}
