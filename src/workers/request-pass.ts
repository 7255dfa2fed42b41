import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { LAST_CHUNK, toChunk } from '../http/chunk.ts'
import { writeRequestHead } from '../http/message-head.ts'
import type { RequestBody } from '../proxy/exchange.ts'

/** A request on its way to another process. */
export interface SentRequest {
  /** Whether all of it was sent. */
  readonly isSent: boolean
  /** Sends nothing more. */
  stop(): void
}

/** The client has been told to go on already. */
const NOT_SENT = new Set(['expect'])

/** Sends a request as it came, but for the pieces in which a chunked body is cut. Its trailers are nobody's. */
export function sendRequest(
  request: IncomingMessage,
  { target, body }: { readonly target: string; readonly body: RequestBody },
  link: Socket,
): SentRequest {
  const { method = '', httpVersion: version, rawHeaders } = request
  link.write(writeRequestHead({ method, target, version }, rawHeaders, NOT_SENT))
  const isChunked = request.headers['transfer-encoding'] !== undefined
  if (body.kind === 'stream') return new BodyStream(request, link, isChunked ? 'chunked' : 'plain')
  if (body.kind === 'whole') link.write(isChunked ? toChunk(body.bytes).chunk : body.bytes)
  if (isChunked) link.write(LAST_CHUNK)
  return { isSent: true, stop() {} }
}

/** A body that is sent while it comes, no faster than it is taken. */
class BodyStream implements SentRequest {
  isSent = false
  readonly #request: IncomingMessage
  readonly #link: Socket
  readonly #framing: 'chunked' | 'plain'

  constructor(request: IncomingMessage, link: Socket, framing: 'chunked' | 'plain') {
    this.#request = request
    this.#link = link
    this.#framing = framing
    request.on('data', this.#send).on('end', this.#end)
    link.on('drain', this.#resume)
    // Who read the beginning of it has made it wait.
    request.resume()
  }

  stop(): void {
    this.#request.off('data', this.#send).off('end', this.#end)
    this.#link.off('drain', this.#resume)
    // What nobody takes any more must not keep the connection from its next request.
    this.#request.resume()
  }

  readonly #send = (bytes: Buffer): void => {
    const isTaken = this.#link.write(this.#framing === 'chunked' ? toChunk(bytes).chunk : bytes)
    if (!isTaken) this.#request.pause()
  }

  readonly #end = (): void => {
    this.isSent = true
    if (this.#framing === 'chunked') this.#link.write(LAST_CHUNK)
  }

  readonly #resume = (): void => void this.#request.resume()
}
