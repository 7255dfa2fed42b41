import type { IncomingMessage, ServerResponse } from 'node:http'
import { RepriseError } from '../errors.ts'
import { HEADER, hasVia } from '../http/headers.ts'
import { toFault, toProxyStatus } from '../http/proxy-status.ts'
import { listMethods } from '../ollama/endpoints.ts'
import { shapeError } from '../ollama/error-shape.ts'
import { isAllowedHost, type LocalNames, toHostname } from '../ollama/hosts.ts'
import type { OriginPolicy } from '../ollama/origins.ts'

/** What the guard needs of the rest. */
export interface GuardOptions {
  /** Our name in `Via`. */
  readonly pseudonym: string
  readonly origins: OriginPolicy
  /** Asks the origin about an Origin that our own list refuses. */
  askOrigin(origin: string): boolean | Promise<boolean>
  /** Names and addresses of this machine; undefined switches the Host check off (not listening on loopback). */
  readonly localNames: LocalNames | undefined
  /** Host names allowed besides (`security.hosts`), lower-case. */
  readonly hosts: readonly string[]
  /** True while no new requests are taken. */
  isDraining(): boolean
  /** Called for each request that is answered here. */
  onRefused(status: number): void
  /** Called instead of an answer, where another process answers what is not let through. */
  readonly decline?: (request: IncomingMessage, response: ServerResponse) => void
}

/** Lets a request through by calling `next`, or answers it. */
export type Guard = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

/**
 * Stands before routing, because a hit never reaches Ollama's own checks. In Ollama's order: framing and
 * path, then CORS, then Host (its `routes.go`: `cors.New` before `allowedHostsMiddleware`; corpus 032–052).
 */
export function createGuard(given: GuardOptions): Guard {
  const options = { ...given, isKnownHost: rememberHosts(given) }
  return (request, response, next) => {
    const refusal = checkRequest(request, options)
    if (refusal !== undefined) return refuse(request, response, refusal, options)
    const origin = request.headers.origin
    const verdict = options.origins.judge(origin, request.headers.host)
    if (verdict === 'allowed') return passOrigin(request, response, next, options)
    if (verdict !== 'refused' || origin === undefined)
      return passHost(request, response, next, options)
    const asked = options.askOrigin(origin)
    const decide = (isAllowed: boolean): void => {
      if (isAllowed) passOrigin(request, response, next, options)
      else refuseOrigin(request, response, options)
    }
    if (asked instanceof Promise) void asked.then(decide)
    else decide(asked)
  }
}

/** The options, and what has been found out of Host headers. */
interface Options extends GuardOptions {
  isKnownHost(host: string | undefined): boolean
}

/** How many Host headers are remembered: clients of one server use one or two. */
const MAX_HOSTS = 256

/** Whether a Host header is ours; judged once for each that is. */
function rememberHosts({ localNames, hosts }: GuardOptions): (host: string | undefined) => boolean {
  const known = new Set<string | undefined>()
  return (host) => {
    if (localNames === undefined || known.has(host)) return true
    const isOurs = isAllowedHost(host, localNames) || hosts.includes(toHostname(host))
    if (isOurs && known.size < MAX_HOSTS) known.add(host)
    return isOurs
  }
}

/** An answer of the guard: a status, and a sentence where a person is to read one. */
interface Refusal {
  readonly status: number
  readonly error?: RepriseError
  readonly plain?: string
}

function checkRequest(request: IncomingMessage, options: Options): Refusal | undefined {
  const hosts = countHosts(request.rawHeaders)
  // Go's own words: net/http answers both itself, in plain text (corpus 051).
  if (hosts > 1) return { status: 400, plain: '400 Bad Request: too many Host headers' }
  if (hosts === 0 && request.httpVersion === '1.1') {
    return { status: 400, plain: '400 Bad Request: missing required Host header' }
  }
  useOriginForm(request)
  if (!isPlainPath(request.url ?? '')) {
    const error = new RepriseError('path-refused', 'the path holds an encoded or control character')
    return { status: error.status, error }
  }
  const via = request.headers.via
  if (via !== undefined && hasVia(via, options.pseudonym)) return toRefusal('loop', LOOP)
  return options.isDraining() ? toRefusal('draining', 'reprise is shutting down') : undefined
}

const LOOP =
  'this request has been through this reprise already: its upstream (--upstream, REPRISE_UPSTREAM) leads back to itself'

function toRefusal(code: 'loop' | 'draining', message: string): Refusal {
  const error = new RepriseError(code, message)
  return { status: error.status, error }
}

function countHosts(rawHeaders: readonly string[]): number {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1
  }
  return count
}

/** `GET http://host/path` means the path on that host (RFC 9112 §3.2.2): the authority replaces Host. */
function useOriginForm(request: IncomingMessage): void {
  if (request.url?.startsWith('/')) return
  const match = /^https?:\/\/([^/?#]*)([^#]*)/i.exec(request.url ?? '')
  if (match === null) return
  request.headers.host = match[1] ?? ''
  request.url = match[2]?.startsWith('/') ? match[2] : `/${match[2] ?? ''}`
}

/** What the origin would decode and Reprise would not: `%`, `;`, `\`, controls. A model name may be encoded. */
function isPlainPath(url: string): boolean {
  const path = url.split('?', 1)[0] ?? ''
  if (path !== '*' && !path.startsWith('/')) return false
  const fixed = path.startsWith('/v1/models/') ? path.slice(0, path.lastIndexOf('/')) : path
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  return !/[%;\\\x00-\x20\x7f-\uffff]/.test(fixed)
}

function passOrigin(
  request: IncomingMessage,
  response: ServerResponse,
  next: () => void,
  options: Options,
): void {
  const origin = request.headers.origin ?? ''
  if (request.method === 'OPTIONS') {
    for (const [name, value] of options.origins.preflightHeaders(origin)) {
      response.appendHeader(name, value)
    }
    answer(request, response, { status: 204 }, options)
    return
  }
  for (const [name, value] of options.origins.corsHeaders(origin))
    response.appendHeader(name, value)
  passHost(request, response, next, options)
}

function refuseOrigin(request: IncomingMessage, response: ServerResponse, options: Options): void {
  answer(request, response, { status: 403 }, options)
}

function passHost(
  request: IncomingMessage,
  response: ServerResponse,
  next: () => void,
  options: Options,
): void {
  if (options.isKnownHost(request.headers.host)) next()
  else refuse(request, response, { status: 403 }, options)
}

/** Preflights, allowed or not, carry `Allow` from the endpoint table (corpus 032, 040). */
function answer(
  request: IncomingMessage,
  response: ServerResponse,
  refusal: Refusal,
  options: Options,
): void {
  const methods = listMethods((request.url ?? '').split('?', 1)[0] ?? '')
  if (request.method === 'OPTIONS' && methods.length > 0) {
    response.setHeader('Allow', methods.join(', '))
  }
  refuse(request, response, refusal, options)
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  refusal: Refusal,
  options: Options,
): void {
  if (options.decline !== undefined) {
    options.decline(request, response)
    return
  }
  const { status, error, plain } = refusal
  const body = error && shapeError(request.url ?? '', status, error.message)
  options.onRefused(status)
  response.statusCode = status
  if (plain !== undefined) {
    response.statusMessage = plain.slice(plain.indexOf(' ') + 1)
    response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  }
  if (error !== undefined) {
    response.setHeader('Content-Type', 'application/json')
    response.setHeader(HEADER.proxyStatus, toProxyStatus(toFault(error.code, undefined), undefined))
  }
  // What is left of the body is not read: an answer before its end closes the connection.
  if (!request.complete || plain !== undefined) response.setHeader('Connection', 'close')
  if (error?.code === 'draining') response.setHeader(HEADER.retryAfter, '1')
  response.end(plain ?? body)
}
