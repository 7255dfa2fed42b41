import { once } from 'node:events'
import { connect } from 'node:net'
import { readInstantMs } from './instant.ts'
import type { Question } from './load.ts'
import { toBytes } from './wire-client.ts'

/** One frame: instants of the monotonic clock, in ms. */
export interface Stamped {
  /** As the origin wrote it into the frame. */
  readonly sentAt: number
  readonly seenAt: number
}

const STAMP = /"response":"(\d+\.?\d*)"/g

/** Asks once for a stream whose frames say when they were sent; the instant at which each came. */
export async function readStamped(url: string, question: Question): Promise<Stamped[]> {
  const { hostname, port, host } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  const request = toBytes(question, host).replace('\r\n', '\r\nConnection: close\r\n')
  socket.setEncoding('latin1').write(request, 'latin1')
  const frames: Stamped[] = []
  let rest = ''
  socket.on('data', (piece: string) => {
    const seenAt = readInstantMs()
    const text = rest + piece
    for (const [, sentAt] of text.matchAll(STAMP)) frames.push({ sentAt: Number(sentAt), seenAt })
    rest = text.slice(text.lastIndexOf('\n') + 1)
  })
  await once(socket, 'close')
  return frames
}
