import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Of each connection the answers whose turn on it has not come. */
const waiting = new WeakMap<Socket, Set<ServerResponse>>()

/**
 * Lets an answer that waits for its turn behind others (RFC 9112 §9.3.2) hear that its client has left. Node says `close`
 * only to the one whose turn it is: the others would have their runs go on for nobody.
 */
export function endWithConnection({ socket }: IncomingMessage, response: ServerResponse): void {
  if (response.socket !== null) return
  const queued = waiting.get(socket) ?? watch(socket)
  queued.add(response)
  response.once('close', () => queued.delete(response))
}

function watch(socket: Socket): Set<ServerResponse> {
  const queued = new Set<ServerResponse>()
  waiting.set(socket, queued)
  socket.once('close', () => {
    for (const response of queued) leave(response)
  })
  return queued
}

function leave(response: ServerResponse): void {
  // Its turn had come: Node tells it.
  if (response.socket !== null || response.destroyed) return
  response.destroy()
  response.emit('close')
}
