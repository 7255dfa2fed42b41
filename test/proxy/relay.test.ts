import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { exchange, postJson, send } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'

let origin: SimulatedOrigin
let reprise: TestServer

beforeAll(async () => {
  origin = await startOrigin()
  reprise = await startReprise({ upstream: origin.url })
})

afterAll(async () => {
  await reprise.close()
  await origin.close()
})

const chunk = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])

describe('a blob upload of unknown length', () => {
  it('reaches the origin piece by piece, before the client has sent all of it', async () => {
    const received: string[] = []
    const requests: IncomingMessage[] = []
    const sink = createServer((request, response) => {
      const path = request.url ?? ''
      if (!path.startsWith('/api/blobs/')) return response.end('{"models":[]}')
      requests.push(request)
      const hash = createHash('sha256')
      request.on('data', (data) => hash.update(data))
      request.on('end', () => {
        received.push(hash.digest('hex'))
        response.statusCode = 201
        response.end()
      })
      return response
    })
    sink.listen(0, '127.0.0.1')
    await once(sink, 'listening')
    const { port } = sink.address() as AddressInfo
    const proxy = await startReprise({ upstream: `http://127.0.0.1:${port}` })
    const pieces = Array.from({ length: 40 }, () => randomBytes(64 * 1024))
    const head =
      'POST /api/blobs/sha256:0 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n'
    const arrived = once(sink, 'request')
    const client = send(proxy.port, { path: '/', head })
    client.socket.write(chunk(pieces[0] as Buffer))
    // The origin has the request while most of its body does not exist yet.
    const [request] = (await arrived) as [IncomingMessage]
    const rest = pieces.slice(1)
    for (const piece of rest) client.socket.write(chunk(piece))
    client.socket.write('0\r\n\r\n')
    const answer = await client.answer
    expect(answer.status).toBe(201)
    expect(request.headers['transfer-encoding']).toBe('chunked')
    expect(received).toEqual([createHash('sha256').update(Buffer.concat(pieces)).digest('hex')])
    await proxy.close()
    sink.close()
  })
})

describe('a request that is handed through', () => {
  it('streams progress line by line', async () => {
    const barrier = origin.hold('/api/pull', 1)
    const body = '{"model":"new"}'
    const client = send(reprise.port, { method: 'POST', path: '/api/pull', body })
    await barrier.arrived
    await client.received(20)
    barrier.release()
    const answer = await client.answer
    expect(answer.chunks.map(String)).toEqual([
      '{"status":"pulling manifest"}\n',
      '{"status":"writing manifest"}\n',
      '{"status":"success"}\n',
    ])
    expect(answer.header('cache-status')).toBe('reprise; fwd=bypass; detail=route')
  })

  it('keeps its body and its headers, but for those of the hop', async () => {
    const body = '{"name" : "tiny", "n":1.0}'
    await exchange(reprise.port, {
      method: 'DELETE',
      path: '/api/delete?x=1',
      body,
      headers: [
        ['Connection', 'X-Private, keep-alive'],
        ['X-Private', 'p'],
        ['X-Mine', 'm'],
        ['Keep-Alive', 'timeout=5'],
        ['Authorization', 'Bearer k'],
      ],
    })
    const call = origin.calls('/api/delete').at(-1)
    const headers = Object.fromEntries(call?.headers.map(([n, v]) => [n.toLowerCase(), v]) ?? [])
    origin.setModel('tiny:latest', 'tiny')
    expect(call?.path).toBe('/api/delete?x=1')
    expect(call?.body.toString()).toBe(body)
    expect(headers).toMatchObject({
      'x-mine': 'm',
      authorization: 'Bearer k',
      host: `127.0.0.1:${origin.port}`,
    })
    expect(headers['x-private']).toBeUndefined()
    expect(headers['keep-alive']).toBeUndefined()
    expect(headers['content-type']).toBeUndefined()
    expect(headers.via).toMatch(/^1\.1 reprise-[0-9a-f]{8}$/)
  })

  it.each(['application', 'text/plain', 'application/x-www-form-urlencoded', ';;;', 'a/b; q'])(
    'may have the content type %j, which nobody looks at',
    async (type) => {
      const headers = [['Content-Type', type]] as const
      const shown = await postJson(reprise.port, '/api/show', { model: 'other' }, headers)
      expect(shown.status).toBe(200)
      const asked = await postJson(
        reprise.port,
        '/api/generate',
        { model: 'tiny', prompt: type },
        headers,
      )
      expect(asked.status).toBe(200)
      const call = origin.calls('/api/generate').at(-1)
      expect(call?.headers.find(([name]) => /^content-type$/i.test(name))?.[1]).toBe(type)
    },
  )

  it('is told to continue where it waits for that, and the origin is not asked to', async () => {
    const body = '{"model":"tiny","prompt":"expect"}'
    const answer = await exchange(reprise.port, {
      method: 'POST',
      path: '/api/generate',
      body,
      headers: [['Expect', '100-continue']],
    })
    expect(answer.status).toBe(200)
    const call = origin.calls('/api/generate').at(-1)
    expect(call?.headers.some(([name]) => /^expect$/i.test(name))).toBe(false)
  })
})

describe('a body past cache.maxBodyBytes', () => {
  it('goes through untouched, and is warned of once', async () => {
    const small = await startReprise({
      upstream: origin.url,
      flags: { 'cache.maxBodyBytes': 1000 },
    })
    const body = JSON.stringify({ model: 'tiny', prompt: 'x'.repeat(200_000) })
    for (let i = 0; i < 2; i++) {
      const answer = await postJson(small.port, '/api/generate', body)
      expect(answer.status).toBe(200)
      expect(answer.header('cache-status')).toBe('reprise; fwd=bypass; detail=body-too-large')
      expect(origin.calls('/api/generate').at(-1)?.body.toString()).toBe(body)
    }
    expect(small.log.filter((line) => /maxBodyBytes/.test(String(line.msg))).length).toBe(1)
    await small.close()
  })
})

describe('an origin that is not there', () => {
  it('is told of in a sentence with the setting, and HEAD / fails too', async () => {
    const gone = await startOrigin()
    const alone = await startReprise({ upstream: gone.url })
    await gone.close()
    for (const [method, path] of [
      ['GET', '/api/tags'],
      ['POST', '/api/generate'],
      ['POST', '/v1/chat/completions'],
    ] as const) {
      const answer = await exchange(alone.port, {
        method,
        path,
        body: '{"model":"tiny","prompt":"a"}',
      })
      expect(answer.status).toBe(502)
      expect(answer.header('content-type')).toBe('application/json')
      expect(JSON.stringify(JSON.parse(answer.body.toString()))).toMatch(
        /nothing is listening.*REPRISE_UPSTREAM/,
      )
      expect(answer.header('x-cache')).toBeUndefined()
    }
    const head = await exchange(alone.port, { method: 'HEAD', path: '/' })
    expect(head.status).toBe(502)
    expect(await alone.metric('reprise_upstream_errors_total{reason="refused"}')).toBe(5)
    await alone.close()
  })

  it('does not keep known answers from being given', async () => {
    const going = await startOrigin()
    const server = await startReprise({ upstream: going.url })
    const question = { model: 'tiny', prompt: 'known' }
    await postJson(server.port, '/api/generate', question)
    await going.close()
    const hit = await postJson(server.port, '/api/generate', question)
    expect(hit.header('x-cache')).toBe('HIT')
    await server.close()
  })
})
