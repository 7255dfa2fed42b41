import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SimulatedOrigin, startOrigin } from './support/origin.ts'
import { toBytes } from './support/raw-client.ts'
import { startReprise, type TestServer } from './support/reprise.ts'

const PATH = '/api/generate'
const REQUEST = toBytes({ method: 'POST', path: PATH, body: '{"model":"tiny","prompt":"x"}' })
const LAST_CHUNK = '\r\n0\r\n\r\n'

let origin: SimulatedOrigin
let reprise: TestServer

beforeEach(async () => {
  origin = await startOrigin()
  reprise = await startReprise({ upstream: origin.url })
})

afterEach(() => origin.close())

async function open(): Promise<Socket> {
  const socket = connect(reprise.port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

/** All that comes until the connection is closed from the other side. */
async function readToEnd(socket: Socket): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of socket) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString()
}

// Each of these would otherwise wait for the 25 s that running answers are given, which no test does.
describe('a server that is told to stop', () => {
  it('closes a connection that is kept when the answer on it is out, all of it', async () => {
    const barrier = origin.hold(PATH, 3)
    const socket = await open()
    socket.write(REQUEST)
    await once(socket, 'readable')
    const closed = reprise.close()
    barrier.release()
    expect((await readToEnd(socket)).endsWith(LAST_CHUNK)).toBe(true)
    await closed
  })

  it('closes one that waits for its next request, and one that has never asked', async () => {
    const [asked, silent] = [await open(), await open()]
    asked.write(REQUEST)
    let text = ''
    while (!text.endsWith(LAST_CHUNK)) text += String((await once(asked, 'data'))[0])
    const closed = reprise.close()
    expect(await Promise.all([asked, silent].map(readToEnd))).toEqual(['', ''])
    await closed
  })
})
