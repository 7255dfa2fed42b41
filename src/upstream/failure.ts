import type { TransportFault } from '../http/proxy-status.ts'

/** Why a request to the origin failed. */
export type UpstreamFailureReason = TransportFault

/** How far a request had come when it failed. */
export type UpstreamPhase =
  /** Before anything was sent. */
  | 'connecting'
  /** Sent, no answer yet. */
  | 'sent'
  /** In the middle of the answer's body. */
  | 'body'

/** A request to the origin that failed. */
export interface UpstreamFailure {
  readonly reason: UpstreamFailureReason
  readonly phase: UpstreamPhase
  readonly cause: unknown
}

/** Error codes of Node's sockets and of undici, and what they mean. */
const REASONS: Readonly<Record<string, UpstreamFailureReason>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unroutable',
  ENETUNREACH: 'unroutable',
  EADDRNOTAVAIL: 'unroutable',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  UND_ERR_CONNECT_TIMEOUT: 'connect-timeout',
  ETIMEDOUT: 'connect-timeout',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'closed',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'closed',
  UND_ERR_ABORTED: 'aborted',
  // Our own shutdown.
  UND_ERR_DESTROYED: 'aborted',
  UND_ERR_CLOSED: 'aborted',
}

/** Names the fault behind an error of the transport. */
export function toFailure(error: unknown, phase: UpstreamPhase): UpstreamFailure {
  return { reason: toReason(error), phase, cause: error }
}

function toReason(error: unknown): UpstreamFailureReason {
  if (error instanceof Error && error.name === 'HTTPParserError') return toParserReason(error)
  return REASONS[codeOf(error) ?? ''] ?? 'other'
}

/** The parser's errors carry no code where the connection ended (undici 7.30): only their text tells. */
function toParserReason(error: Error): UpstreamFailureReason {
  // A chunked answer without its last chunk, where `Connection: close` had been announced.
  return error.message.includes('Invalid EOF state') ? 'closed' : 'protocol'
}

/** The code of an error, or the most telling of several (one per address that was tried). */
function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) {
    const codes = error.errors.map(codeOf)
    // `localhost` without IPv6 fails at ::1 for another reason than at 127.0.0.1.
    return codes.includes('ECONNREFUSED') ? 'ECONNREFUSED' : codes[0]
  }
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** What a person reads of each reason. */
const SENTENCES: Readonly<Record<UpstreamFailureReason, string>> = {
  refused: 'nothing is listening there',
  unroutable: 'there is no way to that address',
  dns: 'the name does not resolve',
  'connect-timeout': 'the connection was not accepted in time',
  reset: 'the connection was reset',
  closed: 'the connection was closed before the answer was complete',
  protocol: 'what came back is not HTTP',
  aborted: 'the request was given up',
  other: 'the connection failed',
}

/** What is wrong, and which setting names the origin. */
export function toFailureMessage(failure: UpstreamFailure, url: URL): string {
  const what = failure.phase === 'body' ? 'broke off its answer' : 'could not be reached'
  const where = `Ollama at ${url.origin} ${what}: ${SENTENCES[failure.reason]}`
  return `${where}. Is it running? Its address is set by --upstream or REPRISE_UPSTREAM.`
}
