import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { exchange, postJson } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'

let origin: SimulatedOrigin
let reprise: TestServer
const QUESTION = JSON.stringify({ model: 'tiny', prompt: 'known', stream: false })

beforeAll(async () => {
  origin = await startOrigin()
  reprise = await startReprise({ upstream: origin.url })
  await postJson(reprise.port, '/api/generate', QUESTION)
})

afterAll(async () => {
  await reprise.close()
  await origin.close()
})

const toRequest = (body: string, line = 'POST /api/generate HTTP/1.1', more = '') =>
  `${line}\r\nHost: 127.0.0.1\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

/** Sends pieces over one connection, and reads until so many answers have begun and the last text has come. */
function talk(pieces: readonly string[], until: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(reprise.port, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString()
      if (!until.test(text)) return
      socket.destroy()
      resolve(text)
    })
    socket.on('end', () => reject(new Error(`ended after ${text}`)))
    for (const piece of pieces) socket.write(piece)
  })
}

describe('a known answer that is written past Node', () => {
  it('has the head that Node would have written', async () => {
    const direct = await postJson(reprise.port, '/api/generate', QUESTION)
    const withOrigin = [['Origin', 'http://localhost']] as const
    const usual = await postJson(reprise.port, '/api/generate', QUESTION, withOrigin)
    const namesOf = ({ headers }: typeof usual) =>
      headers.map(([name]) => name).filter((name) => !/^(access-control|vary)/i.test(name))
    expect(direct.line).toBe(usual.line)
    expect(namesOf(direct)).toEqual(namesOf(usual))
    expect(direct.header('keep-alive')).toBe(usual.header('keep-alive'))
    expect(direct.header('connection')).toBe(usual.header('connection'))
  })

  it('comes in its turn where requests are sent without waiting', async () => {
    const unknown = JSON.stringify({ model: 'tiny', prompt: 'unknown', stream: false })
    const pieces = [toRequest(unknown), toRequest(QUESTION), toRequest(unknown)]
    const text = await talk([pieces.join('')], /(X-Cache[\s\S]*){3}"done":true[^}]*\}$/)
    expect([...text.matchAll(/X-Cache: (\w+)/g)].map(([, word]) => word)).toEqual([
      'MISS',
      'HIT',
      expect.stringMatching(/MISS|HIT/),
    ])
  })

  it('leaves the connection as it was: the next requests are answered on it', async () => {
    const pieces = [toRequest(QUESTION), toRequest(QUESTION), toRequest('', 'GET / HTTP/1.1')]
    const text = await talk(pieces, /Ollama is running/)
    expect(text.match(/X-Cache: HIT/g)).toHaveLength(2)
  })

  it.each([
    ['HTTP/1.0', 'POST /api/generate HTTP/1.0', '', false],
    ['a connection that is to be closed', undefined, 'Connection: close\r\n', true],
    ['a client that waits to be told to go on', undefined, 'Expect: 100-continue\r\n', false],
  ])('is written by Node for %s', async (_, line, more, isClosed) => {
    const head = toRequest(QUESTION, line, more).slice(0, -QUESTION.length)
    const answer = await exchange(reprise.port, { path: '/', head, body: QUESTION })
    expect(answer.header('x-cache')).toBe('HIT')
    expect(answer.end).toBe('proved')
    if (isClosed) expect(answer.header('connection')).toBe('close')
  })

  it('may come in any pieces of the request', async () => {
    const request = toRequest(QUESTION)
    const pieces = [request.slice(0, 30), request.slice(30, -5), request.slice(-5)]
    const text = await talk(pieces, /"done":true/)
    expect(text).toMatch(/X-Cache: HIT/)
  })
})
