import type { Cohorts } from '../cohorts.ts'
import { join } from '../ollama/frames.ts'
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

/** Judges what a body is for: what Reprise has to understand goes on, every other request is left as it is. */
export function createReceiveStep(options: ReceiveOptions): Step {
  return (exchange) => {
    exchange.outcome =
      exchange.method === 'POST' ? { kind: 'bypass', reason: 'route' } : { kind: 'method' }
    if (isRun(exchange)) return judge(exchange, options)
    if (options.mode === 'offline') return 'offline'
    return isClean(exchange.path) ? 'relay' : 'join'
  }
}

function isRun({ endpoint }: Exchange): boolean {
  return endpoint?.role === 'inference' || endpoint?.role === 'embedding'
}

function judge(exchange: Exchange, options: ReceiveOptions): StepName {
  const { body } = exchange
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
 * Reads the body of an inference run, up to the limit, and lets the exchange begin: at once where there is
 * nothing to read. Past the limit the stream is handed back with what was read put in front again, so that
 * whoever forwards it sends every byte. No promise: a known answer is given in the turn in which the body ends, while
 * that turn has time.
 */
export function collectBody(
  exchange: Exchange,
  { maxBodyBytes, cohorts }: { readonly maxBodyBytes: number; readonly cohorts: Cohorts },
  begin: (exchange: Exchange, step: StepName) => void,
): void {
  if (!isRun(exchange)) {
    begin(exchange, 'receive')
    return
  }
  const { request } = exchange
  const chunks: Buffer[] = []
  let size = 0
  let isOver = false
  const settle = (body: RequestBody): void => {
    if (isOver) return
    isOver = true
    exchange.body = body
    cohorts.take('receive', { handOn: () => begin(exchange, 'receive') })
  }
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk)
    size += chunk.length
    if (size <= maxBodyBytes) return
    request.off('data', onData).pause()
    request.unshift(Buffer.concat(chunks))
    settle({ kind: 'stream', why: 'too-large' })
  }
  request.on('data', onData)
  request.on('end', () => settle(toWhole(chunks)))
  request.on('close', () => settle({ kind: 'broken' }))
}

function toWhole(chunks: Buffer[]): RequestBody {
  return chunks.length === 0 ? { kind: 'none' } : { kind: 'whole', bytes: join(chunks) }
}
