import { appendMember, toQuoted } from './structured-field.ts'

/** Our member's name in `Proxy-Status`. */
const PROXY_NAME = 'reprise'

/** Why a request to the next hop failed. */
export type TransportFault =
  /** Nothing listens there (ECONNREFUSED). */
  | 'refused'
  /** No way to its address (EHOSTUNREACH, ENETUNREACH). */
  | 'unroutable'
  /** Its name does not resolve. */
  | 'dns'
  /** It did not accept the connection in time. */
  | 'connect-timeout'
  /** It reset the connection. */
  | 'reset'
  /** It closed the connection before its answer was complete. */
  | 'closed'
  /** What it sent is not HTTP. */
  | 'protocol'
  /** Reprise gave the request up. */
  | 'aborted'
  /** The connection failed in some other way. */
  | 'other'

/** What went wrong where Reprise answers with an error of its own. */
export type ProxyFault =
  | TransportFault
  /** As many requests wait as may. */
  | 'queue-full'
  /** The request waited too long for its turn. */
  | 'queue-timeout'
  /** The next hop is known to be down, and was not asked. */
  | 'upstream-down'
  /** Reprise has more to do than it can. */
  | 'overloaded'
  /** Reprise is shutting down. */
  | 'draining'
  /** Only a stored answer would have done. */
  | 'not-cached'
  /** The request came from where it may not. */
  | 'forbidden'
  /** The request itself is wrong. */
  | 'bad-request'
  /** The path is not one that may be forwarded. */
  | 'path-refused'
  /** The request has been here before. */
  | 'loop'
  /** A fault of Reprise. */
  | 'internal'

/** Error types of RFC 9209 §2.3 that Reprise has a use for. */
export type ProxyErrorType =
  | 'connection_limit_reached'
  | 'connection_refused'
  | 'connection_terminated'
  | 'connection_timeout'
  | 'destination_ip_unroutable'
  | 'destination_unavailable'
  | 'dns_error'
  | 'http_protocol_error'
  | 'http_request_denied'
  | 'http_request_error'
  | 'http_response_incomplete'
  | 'proxy_internal_error'
  | 'proxy_internal_response'
  | 'proxy_loop_detected'

/** What RFC 9209 calls a fault, and the status that goes with it. */
export interface ProxyError {
  readonly type: ProxyErrorType
  /** The RFC's recommended status, but for the loop: 508 says more than its 502. */
  readonly status: number
}

/** Each fault in the RFC's words. What was decided without asking the next hop is an internal *response*. */
export const PROXY_ERRORS: Readonly<Record<ProxyFault, ProxyError>> = {
  refused: { type: 'connection_refused', status: 502 },
  unroutable: { type: 'destination_ip_unroutable', status: 502 },
  dns: { type: 'dns_error', status: 502 },
  'connect-timeout': { type: 'connection_timeout', status: 504 },
  reset: { type: 'connection_terminated', status: 502 },
  closed: { type: 'http_response_incomplete', status: 502 },
  protocol: { type: 'http_protocol_error', status: 502 },
  aborted: { type: 'proxy_internal_error', status: 500 },
  other: { type: 'destination_unavailable', status: 502 },
  'queue-full': { type: 'connection_limit_reached', status: 503 },
  'queue-timeout': { type: 'connection_limit_reached', status: 503 },
  'upstream-down': { type: 'destination_unavailable', status: 503 },
  overloaded: { type: 'proxy_internal_response', status: 503 },
  draining: { type: 'proxy_internal_response', status: 503 },
  'not-cached': { type: 'proxy_internal_response', status: 504 },
  forbidden: { type: 'http_request_denied', status: 403 },
  'bad-request': { type: 'http_request_error', status: 400 },
  'path-refused': { type: 'http_request_error', status: 404 },
  loop: { type: 'proxy_loop_detected', status: 508 },
  internal: { type: 'proxy_internal_error', status: 500 },
}

/**
 * `Proxy-Status` (RFC 9209) of an answer that Reprise made itself: `reprise; error=connection_refused;
 * next-hop="127.0.0.1:11434"`. `nextHop` is the origin's host and port, undefined where none was chosen
 * (a request that was never to be sent anywhere); `existing` the value of the field so far.
 */
export function toProxyStatus(
  fault: ProxyFault,
  nextHop: string | undefined,
  existing?: string,
): string {
  const hop = nextHop === undefined ? '' : `; next-hop=${toQuoted(nextHop)}`
  return appendMember(existing, `${PROXY_NAME}; error=${PROXY_ERRORS[fault].type}${hop}`)
}

/** The fault behind an error: the upstream failure's reason where it has one, else its own code. */
export function toFault(code: string, reason: string | undefined): ProxyFault {
  if (reason !== undefined && isFault(reason)) return reason
  return isFault(code) ? code : code.startsWith('upstream-') ? 'other' : 'internal'
}

function isFault(name: string): name is ProxyFault {
  return Object.hasOwn(PROXY_ERRORS, name)
}
