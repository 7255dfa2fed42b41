import type { ServerResponse } from 'node:http'
import { type StallOptions, startStall } from './stall.ts'

/**
 * How long an idle connection is kept, in ms. Clients of Ollama keep theirs for 90 s (Go) or longer; Ollama
 * itself never closes an idle one, so ours must outlast theirs or their next POST meets a reset.
 */
export const KEEP_ALIVE_MS = 120_000

/** Larger answers go in pieces, so that a client is heard that takes nothing. In bytes. */
const MOST_BYTES = 256 * 1024

/**
 * Whether the bytes of an answer may go to the connection as they are, head included: it is this response's
 * turn on it (RFC 9112 §9.3.2), it is kept afterwards, and no header was set by anyone else.
 */
export function mayWriteDirectly(response: ServerResponse, sizeBytes: number): boolean {
  const { socket } = response
  if (socket === null || !socket.writable || sizeBytes > MOST_BYTES) return false
  return response.shouldKeepAlive && response.getHeaderNames().length === 0
}

/**
 * One write of a whole answer. Node's own way puts the head together line by line and hands over three pieces
 * where one is enough: 37 against 29 thousand answers of 1.4 KB per second. `taken`: the system has all of it,
 * and the next request may come; otherwise `finish` and `close` follow as they do after `end`.
 */
export function writeDirectly(
  response: ServerResponse,
  bytes: Buffer,
  options: StallOptions,
): 'taken' | 'waiting' {
  const { socket } = response
  if (socket === null) return 'waiting'
  socket.write(bytes)
  if (socket.writableLength === 0) {
    // Node's server hears this and turns to the next request of the connection.
    response.emit('finish')
    return 'taken'
  }
  const stall = startStall(response, options)
  response.once('close', () => stall.cancel())
  socket.write(NOTHING, (error) => {
    if (!error) response.emit('finish')
  })
  return 'waiting'
}

const NOTHING = Buffer.alloc(0)
