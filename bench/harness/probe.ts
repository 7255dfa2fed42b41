import { connect, type Socket } from 'node:net'
import type { Question } from './load.ts'
import { toBytes } from './wire-client.ts'

/** Instants of one answer since its request was written, in ms. */
export interface Timing {
  readonly firstFrameMs: number
  readonly endMs: number
}

/** One connection that is kept open, with nothing between the socket and the clock. */
export interface Probe {
  ask(question: Question): Promise<Timing>
  close(): void
}

const HEAD_END = '\r\n\r\n'
const LAST_CHUNK = '\r\n0\r\n\r\n'

/** Opens a connection that asks one question after the other. */
export async function openProbe(url: string): Promise<Probe> {
  const { hostname, port, host } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  socket.setEncoding('latin1')
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return {
    ask: (question) => exchange(socket, toBytes(question, host)),
    close: () => socket.destroy(),
  }
}

function exchange(socket: Socket, bytes: string): Promise<Timing> {
  return new Promise((resolve, reject) => {
    let text = ''
    let bodyAt = -1
    let firstFrameMs: number | undefined
    const finish = (): void => {
      socket.off('data', read).off('close', fail)
    }
    const fail = (): void => {
      finish()
      reject(new Error('the connection was closed'))
    }
    const read = (chunk: string): void => {
      text += chunk
      const nowMs = performance.now() - startedAt
      if (bodyAt < 0 && text.includes(HEAD_END)) bodyAt = text.indexOf(HEAD_END) + HEAD_END.length
      if (bodyAt < 0) return
      if (firstFrameMs === undefined && text.indexOf('}', bodyAt) > 0) firstFrameMs = nowMs
      if (firstFrameMs === undefined || !isWhole(text, bodyAt)) return
      finish()
      if (!text.startsWith('HTTP/1.1 200')) reject(new Error(text.slice(0, 200)))
      resolve({ firstFrameMs, endMs: nowMs })
    }
    socket.on('data', read).on('close', fail)
    const startedAt = performance.now()
    socket.write(bytes)
  })
}

function isWhole(text: string, bodyAt: number): boolean {
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, bodyAt))?.[1]
  if (length === undefined) return text.endsWith(LAST_CHUNK)
  return text.length - bodyAt >= Number(length)
}
