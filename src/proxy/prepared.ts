import type { Clock } from '../clock.ts'
import { toAnswerHeaders } from './answer-headers.ts'
import { mayWriteDirectly, writeDirectly } from './direct.ts'
import type { Exchange, Shortcuts } from './exchange.ts'
import type { FrameSource } from './frame-source.ts'
import { endPieces, type StallOptions } from './stall.ts'

/** What sending a prepared answer needs of the rest. */
export interface PreparedOptions extends StallOptions {
  readonly shortcuts: Shortcuts
  readonly clock: Clock
}

/**
 * Whether the body may go as it was prepared. HTTP/1.0 has no chunks, so it cannot take bytes that are
 * framed so already.
 */
export function isReady(exchange: Exchange, { prepared }: FrameSource): boolean {
  if (prepared === undefined) return false
  return prepared.framing === 'length' || exchange.request.httpVersionMinor >= 1
}

/**
 * Sends a hit in one write past Node's own, where the connection allows that. `taken`: it is done with;
 * `declined`: nothing was written.
 */
export function sendDirectly(
  exchange: Exchange,
  source: FrameSource,
  options: PreparedOptions,
): 'taken' | 'waiting' | 'declined' {
  const { response, outcome, request } = exchange
  const { head, prepared } = source
  if (head === undefined || prepared === undefined) return 'declined'
  const { known } = prepared
  const isPlain = outcome.kind === 'hit' && request.httpVersionMinor === 1
  if (options.shortcuts !== 'taken' || known === undefined || !isPlain) return 'declined'
  if (!mayWriteDirectly(response, known.sizeBytes)) return 'declined'
  const { completion, values } = known
  const { bytes, bodyBytes } = completion.complete(exchange, values, options.clock)
  exchange.timings.firstFrameAt ??= options.clock.monotonic()
  exchange.sent = { status: head.status, bytes: bodyBytes }
  const written = writeDirectly(response, bytes, options)
  const note = () => {
    exchange.delivered = 'whole'
  }
  if (written === 'taken') note()
  else {
    completion.giveUp()
    response.once('finish', note)
  }
  return written
}

/** One write: head and body are both known, and the body holds its own transfer chunks. */
export function sendReady(exchange: Exchange, source: FrameSource, options: PreparedOptions): void {
  const { response } = exchange
  const { head, prepared } = source
  if (head === undefined || prepared === undefined) return
  const lines = toAnswerHeaders(exchange, head, options.clock)
  const { framing } = prepared
  const pieces = [prepared.bytes, ...(prepared.rest ?? [])]
  const size = pieces.reduce((sum, { length }) => sum + length, 0)
  if (framing === 'chunked') lines.push('Transfer-Encoding', 'chunked')
  else lines.push('Content-Length', String(size))
  response.writeHead(head.status, lines)
  // Node would frame the chunks a second time: the header stands, the framing is ours.
  response.chunkedEncoding = false
  exchange.timings.firstFrameAt ??= options.clock.monotonic()
  exchange.sent = { status: head.status, bytes: size }
  endPieces(response, pieces, options)
}
