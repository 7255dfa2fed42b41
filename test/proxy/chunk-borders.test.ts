import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postJson, toBytes } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'

/** What the origin cuts into chunks, and sends in one write. */
const LINES = ['{"status":"one"}\n', '{"status":"two"}\n', 'three', '\n{"status":"four"}\n']

const CHUNKED = LINES.map((line) => `${line.length.toString(16)}\r\n${line}\r\n`).join('')

let origin: Server
let reprise: TestServer
let status = 200

beforeAll(async () => {
  origin = createServer((request, response) => {
    if (request.method === 'GET') return response.end('{"models":[],"version":"0.32.15"}')
    if (request.method === 'HEAD' || status === 204 || status === 304) {
      return response.socket?.end(`HTTP/1.1 ${status} Word\r\nContent-Type: text/plain\r\n\r\n`)
    }
    request.resume().on('end', () => {
      const head = `HTTP/1.1 ${status} Word\r\nContent-Type: text/plain\r\n`
      response.socket?.end(`${head}Transfer-Encoding: chunked\r\n\r\n${CHUNKED}0\r\n\r\n`)
    })
    return response
  })
  origin.listen(0, '127.0.0.1')
  await once(origin, 'listening')
  const { port } = origin.address() as AddressInfo
  reprise = await startReprise({ upstream: `http://127.0.0.1:${port}` })
})

afterAll(async () => {
  await reprise.close()
  origin.close()
})

const UNLOADING = { model: 'tiny', keep_alive: 0 }
const WARM = { model: 'tiny', prompt: 'hi', options: { temperature: 1 } }

describe('a body that is not made of frames', () => {
  it.each([
    ['of what is handed through', 200, '/api/create', { model: 'new' }],
    ['of a run that is not reused', 200, '/api/generate', WARM],
    ['of a model that is unloaded', 200, '/api/generate', UNLOADING],
    ['of an error', 404, '/api/chat', { model: 'none', messages: [] }],
  ])('%s has the chunks in which it came', async (_what, given, path, body) => {
    status = given
    const answer = await postJson(reprise.port, path, body)
    expect(answer.status).toBe(given)
    expect(answer.chunks.map(String)).toEqual(LINES)
  })
})

/** Everything behind the head, until the connection is closed. */
async function readRaw(method: string, httpVersion: '1.0' | '1.1'): Promise<string> {
  const socket = connect(reprise.port, '127.0.0.1')
  const pieces: Buffer[] = []
  socket.on('data', (piece) => pieces.push(piece))
  const headers = [['Connection', 'close']] as const
  const body = method === 'POST' ? '{"model":"new"}' : ''
  socket.write(toBytes({ method, path: '/api/create', headers, body, httpVersion }))
  await once(socket, 'close')
  const [, ...rest] = Buffer.concat(pieces).toString().split('\r\n\r\n')
  return rest.join('\r\n\r\n')
}

describe('a body', () => {
  it.each([
    [200, 'HEAD', '1.1', ''],
    [204, 'POST', '1.1', ''],
    [304, 'POST', '1.1', ''],
    [200, 'POST', '1.0', LINES.join('')],
    [200, 'POST', '1.1', `${CHUNKED}0\r\n\r\n`],
  ] as const)(
    'of %i to a %s of HTTP/%s is in chunks where it has one, and HTTP has them',
    async (given, method, version, expected) => {
      status = given
      expect(await readRaw(method, version)).toBe(expected)
    },
  )
})
