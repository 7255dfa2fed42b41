import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postJson } from '../support/raw-client.ts'
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
