import type { Clock } from '../clock.ts'
import type { RepriseError } from '../errors.ts'
import { HEADER } from '../http/headers.ts'
import { toFault, toProxyStatus } from '../http/proxy-status.ts'
import { shapeError } from '../ollama/error-shape.ts'
import { pushServerTiming } from './answer-headers.ts'
import type { Exchange } from './exchange.ts'

/** What an error needs of the rest. */
export interface AnswerErrorOptions {
  readonly clock: Pick<Clock, 'monotonic'>
  /** The origin's host and port, as `Proxy-Status` names it. */
  readonly nextHop: string
  /** Called for each fault that a client is told of, with what caused it. */
  onError(error: RepriseError): void
}

/** Every error a client sees ends here, in the shape its route has. */
export function answerError(
  exchange: Exchange,
  error: RepriseError,
  options: AnswerErrorOptions,
): void {
  const { status } = error
  options.onError(error)
  exchange.outcome = { kind: 'error', status }
  const { response } = exchange
  if (response.headersSent) {
    response.destroy()
    return
  }
  const body = shapeError(exchange.path, status, error.message)
  exchange.sent = { status, bytes: body.length }
  const lines = ['Content-Type', 'application/json', 'Content-Length', String(body.length)]
  const { retryAfterSeconds } = error
  if (retryAfterSeconds !== undefined) lines.push(HEADER.retryAfter, String(retryAfterSeconds))
  const fault = toFault(error.code, error.fault)
  lines.push(HEADER.proxyStatus, toProxyStatus(fault, options.nextHop))
  pushServerTiming(lines, exchange, options.clock.monotonic())
  response.writeHead(status, lines)
  response.end(body)
}
