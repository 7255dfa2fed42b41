import { describe, expect, it } from 'vitest'
import { afterTurn } from '../../src/clock.ts'
import type { Cohorts } from '../../src/cohorts.ts'
import { findDeadPort, openUpstream, startHttpOrigin, startRawOrigin } from './support/origin.ts'
import { createTestSink } from './support/sink.ts'

const GET = { method: 'GET', path: '/', headers: [], body: undefined } as const

describe('a run', () => {
  it('sends method, path with query, headers and body as given, and adds Host and the length', async () => {
    const body = Buffer.from('{"model":"é"}')
    let seen: unknown
    const origin = await startHttpOrigin((request, response) => {
      request.setEncoding('utf8').on('data', (text) => {
        const { method, url, headers } = request
        seen = { method, url, type: headers['content-type'], host: headers.host, text }
        expect(headers['content-length']).toBe(String(body.length))
        response.end()
      })
    })
    const sink = createTestSink()
    const headers = [['content-type', 'application/x-www-form-urlencoded']] as const
    openUpstream(origin.url).run({ method: 'POST', path: '//a/../b?x=%20', headers, body }, sink)
    expect(await sink.ended()).toBe('end')
    expect(seen).toEqual({
      method: 'POST',
      url: '//a/../b?x=%20',
      type: 'application/x-www-form-urlencoded',
      host: `127.0.0.1:${origin.port}`,
      text: '{"model":"é"}',
    })
  })

  it('waits once for each leg, however much of its answer comes in one read', async () => {
    const answer =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n'
    const origin = await startRawOrigin(Buffer.from(answer, 'latin1'))
    const sink = createTestSink()
    const legs: string[] = []
    const cohorts: Cohorts = {
      take(leg, work) {
        legs.push(leg)
        afterTurn(() => work.handOn())
      },
    }
    openUpstream(origin.url, cohorts).run(GET, sink)
    expect(await sink.ended()).toBe('end')
    expect(legs).toEqual(['record', 'conclude'])
    expect(sink.log).toEqual(['head', 'data', 'end'])
  })

  it('hands over status, headers with their case and repeats, and the body, in this order', async () => {
    const answer =
      'HTTP/1.1 404 Not Found\r\nX-Two: a\r\nX-Two: b\r\ncontent-Length: 2\r\nX-High: é\r\n\r\nno'
    const origin = await startRawOrigin(Buffer.from(answer, 'latin1'))
    const sink = createTestSink()
    openUpstream(origin.url).run(GET, sink)
    expect(await sink.ended()).toBe('end')
    expect(sink.log).toEqual(['head', 'data', 'end'])
    expect(sink.text()).toBe('no')
    expect(sink.heads[0]?.status).toBe(404)
    expect(sink.heads[0]?.headers).toEqual([
      ['X-Two', 'a'],
      ['X-Two', 'b'],
      ['content-Length', '2'],
      ['X-High', 'é'],
    ])
  })

  it.each([
    ['length', 'Content-Length: 2\r\n\r\nok'],
    ['chunked', 'Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'],
  ])('says that the end of a body is proved by %s', async (framing, rest) => {
    const origin = await startRawOrigin(`HTTP/1.1 200 OK\r\n${rest}`)
    const sink = createTestSink()
    openUpstream(origin.url).run(GET, sink)
    expect(await sink.ended()).toBe('end')
    expect(sink.heads[0]?.framing).toBe(framing)
    expect(sink.text()).toBe('ok')
  })

  it('says that only the end of the connection ends a body without a length', async () => {
    const origin = await startRawOrigin('HTTP/1.1 200 OK\r\n\r\nok')
    const accepted = origin.nextSocket()
    const sink = createTestSink()
    openUpstream(origin.url).run(GET, sink)
    await sink.reached('data')
    ;(await accepted).end()
    expect(await sink.ended()).toBe('end')
    expect(sink.heads[0]?.framing).toBe('close')
  })

  it('gives each run a connection of its own while others are under way, and keeps it afterwards', async () => {
    const waiting: (() => void)[] = []
    const origin = await startHttpOrigin((_request, response) => {
      waiting.push(() => response.end())
      if (waiting.length === 3) for (const release of waiting) release()
    })
    const upstream = openUpstream(origin.url)
    const sinks = [createTestSink(), createTestSink(), createTestSink()]
    for (const sink of sinks) upstream.run(GET, sink)
    for (const sink of sinks) expect(await sink.ended()).toBe('end')
    expect(origin.sockets).toHaveLength(3)
    waiting.length = 2
    // undici takes a connection up again one turn of the event loop after its last answer.
    await new Promise(setImmediate)
    const again = createTestSink()
    upstream.run(GET, again)
    expect(await again.ended()).toBe('end')
    expect(origin.sockets).toHaveLength(3)
  })

  it('uses a connection no more of which the origin says that it is about to close it', async () => {
    const origin = await startHttpOrigin((_request, response) => {
      response.setHeader('Keep-Alive', 'timeout=1').setHeader('Connection', 'keep-alive').end()
    })
    const upstream = openUpstream(origin.url)
    for (const count of [1, 2]) {
      const sink = createTestSink()
      upstream.run({ ...GET, method: 'POST', body: Buffer.from('{}') }, sink)
      expect(await sink.ended()).toBe('end')
      expect(origin.sockets).toHaveLength(count)
    }
  })

  it('does not follow a redirect', async () => {
    const origin = await startHttpOrigin((_request, response) => {
      response.writeHead(307, { Location: '/elsewhere' }).end()
    })
    const sink = createTestSink()
    openUpstream(origin.url).run(GET, sink)
    expect(await sink.ended()).toBe('end')
    expect(sink.heads.map((head) => head.status)).toEqual([307])
  })

  it('reaches an origin called localhost that listens on 127.0.0.1 only', async () => {
    const origin = await startHttpOrigin((_request, response) => response.end('here'))
    const sink = createTestSink()
    openUpstream(new URL(`http://localhost:${origin.port}`)).run(GET, sink)
    expect(await sink.ended()).toBe('end')
    expect(sink.text()).toBe('here')
  })

  it('takes no notice of the proxies of the environment', async () => {
    const origin = await startHttpOrigin((_request, response) => response.end('direct'))
    const before = { ...process.env }
    process.env.http_proxy = `http://127.0.0.1:${await findDeadPort()}`
    process.env.NODE_USE_ENV_PROXY = '1'
    const sink = createTestSink()
    openUpstream(origin.url).run(GET, sink)
    const end = await sink.ended()
    process.env = before
    expect(end).toBe('end')
    expect(sink.text()).toBe('direct')
  })
})
