import type { IncomingMessage } from 'node:http'
import type { Exchange, Mode, RequestBody, Step, StepName } from './exchange.ts'

/** Limits of what is read into memory. */
export interface ReceiveOptions {
  /** A larger body is streamed through untouched. */
  readonly maxBodyBytes: number
  /** `off` hands every body on unread; `offline` hands nothing on. */
  readonly mode: Mode
  /** Writes a request down, where that is switched on. */
  readonly capture: ((exchange: Exchange, bytes: Buffer) => void) | undefined
  /** Called once for the first body that is too large to be given the parameters. */
  readonly onTooLarge: (path: string) => void
}

/** Reads the body of what Reprise has to understand; leaves every other request as it is. */
export function createReceiveStep(options: ReceiveOptions): Step {
  return (exchange) => {
    const { endpoint } = exchange
    const isRun = endpoint?.role === 'inference' || endpoint?.role === 'embedding'
    exchange.outcome =
      exchange.method === 'POST' ? { kind: 'bypass', reason: 'route' } : { kind: 'method' }
    if (!isRun && options.mode === 'offline') return 'offline'
    if (!isRun) return isClean(exchange.path) ? 'relay' : 'join'
    return readBody(exchange.request, options.maxBodyBytes).then((body) =>
      judge(exchange, body, options),
    )
  }
}

function judge(exchange: Exchange, body: RequestBody, options: ReceiveOptions): StepName {
  exchange.body = body
  // The client went away in the middle of its body: nothing is forwarded, nobody waits.
  if (body.kind === 'broken') return 'done'
  if (body.kind === 'stream') {
    exchange.outcome = { kind: 'bypass', reason: 'body-too-large' }
    options.onTooLarge(exchange.path)
    return options.mode === 'offline' ? 'offline' : 'relay'
  }
  if (body.kind === 'whole') options.capture?.(exchange, body.bytes)
  if (options.mode !== 'off') return 'fingerprint'
  exchange.outcome = { kind: 'bypass', reason: 'disabled' }
  return 'join'
}

/** Whether the origin takes the path as it is; it redirects others (corpus 026–030), and a URL parser would clean them. */
function isClean(path: string): boolean {
  return !path.includes('//') && !path.includes('/.')
}

/**
 * All of a body up to the limit. Past it the stream is handed back with what was read put in front
 * again, so that whoever forwards it sends every byte.
 */
function readBody(request: IncomingMessage, maxBytes: number): Promise<RequestBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const settle = (body: RequestBody): void => {
      request.off('data', onData).off('end', onEnd).off('close', onClose)
      resolve(body)
    }
    const onEnd = (): void => settle(toWhole(chunks))
    const onClose = (): void => settle({ kind: 'broken' })
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk)
      size += chunk.length
      if (size <= maxBytes) return
      request.pause()
      settle({ kind: 'stream', why: 'too-large' })
      request.unshift(Buffer.concat(chunks))
    }
    request.on('data', onData).on('end', onEnd).on('close', onClose)
  })
}

function toWhole(chunks: Buffer[]): RequestBody {
  const [first] = chunks
  if (first === undefined) return { kind: 'none' }
  return { kind: 'whole', bytes: chunks.length === 1 ? first : Buffer.concat(chunks) }
}
