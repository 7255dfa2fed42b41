import { type Document, replaceStream } from '../ollama/document.ts'
import type { Upstream } from '../upstream/pool.ts'
import { isInjected } from './answer-headers.ts'
import type { Exchange, Step } from './exchange.ts'
import { toForwardedHeaders } from './forwarded.ts'

/** What the step needs of the rest. */
export interface ForwardOptions {
  readonly upstream: Pick<Upstream, 'run'>
  /** Our name in `Via`. */
  readonly pseudonym: string
}

/** Starts the run on the origin; its answer goes into the recording. */
export function createForwardStep({ upstream, pseudonym }: ForwardOptions): Step {
  return (exchange) => {
    const { recording } = exchange
    if (recording === undefined) return 'record'
    const run = upstream.run(
      {
        method: exchange.method,
        path: `${exchange.path}${exchange.query}`,
        // The length is that of the bytes sent, not of those received.
        headers: toForwardedHeaders(exchange, pseudonym).filter(
          ([name]) => name.toLowerCase() !== 'content-length',
        ),
        body: toForwardedBody(exchange),
      },
      recording.sink,
    )
    recording.attach(run)
    exchange.source = recording
    return 'deliver'
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
