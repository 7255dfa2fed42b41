import { appendVia, HEADER, stripHopByHop, toPairs } from '../http/headers.ts'
import type { Exchange } from './exchange.ts'
import { findRules } from './personal.ts'

/** Request headers that are not the origin's business: CORS is ours, framing is made afresh, profile and lifetime were for us. */
const NOT_FORWARDED = new Set([
  'host',
  'expect',
  'origin',
  'access-control-request-method',
  'access-control-request-headers',
  HEADER.profile.toLowerCase(),
  HEADER.ttl.toLowerCase(),
])

/** The client's own headers, end to end, with `Via`. */
export function toForwardedHeaders(exchange: Exchange, pseudonym: string): [string, string][] {
  const headers: [string, string][] = []
  let via: string | undefined
  for (const [name, value] of stripHopByHop(toPairs(exchange.request.rawHeaders))) {
    const lower = name.toLowerCase()
    if (lower === 'via') via = via === undefined ? value : `${via}, ${value}`
    else if (!NOT_FORWARDED.has(lower) && mayForward(lower, exchange)) headers.push([name, value])
  }
  headers.push([HEADER.via, appendVia(via, pseudonym)])
  return headers
}

/** A recorded answer must be the plain bytes: a compressing hop on the way would make frames unreadable. */
function mayForward(name: string, exchange: Exchange): boolean {
  if (name !== 'accept-encoding') return true
  return exchange.batch === undefined && findRules(exchange) === undefined
}
