import { once } from 'node:events'
import { connect } from 'node:net'
import type { Question } from './load.ts'
import { toBytes } from './wire-client.ts'

/** Asks once over a connection of its own; the transfer chunks of the answer (RFC 9112 §7.1), as text. */
export async function readChunks(url: string, question: Question): Promise<string[]> {
  const { hostname, port, host } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  const request = toBytes(question, host).replace('\r\n', '\r\nConnection: close\r\n')
  socket.setEncoding('latin1').write(request, 'latin1')
  let wire = ''
  socket.on('data', (piece: string) => {
    wire += piece
  })
  await once(socket, 'close')
  return toChunks(wire.slice(wire.indexOf('\r\n\r\n') + 4))
}

function toChunks(body: string): string[] {
  const chunks: string[] = []
  let at = 0
  while (at < body.length) {
    const line = body.indexOf('\r\n', at)
    const bytes = Number.parseInt(body.slice(at, line), 16)
    if (!(bytes > 0)) return chunks
    chunks.push(body.slice(line + 2, line + 2 + bytes))
    at = line + 2 + bytes + 2
  }
  return chunks
}
