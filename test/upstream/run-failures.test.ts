import { describe, expect, it } from 'vitest'
import { findDeadPort, openUpstream, startHttpOrigin, startRawOrigin } from './support/origin.ts'
import { createTestSink } from './support/sink.ts'

const GET = { method: 'GET', path: '/', headers: [], body: undefined } as const
const POST = { method: 'POST', path: '/', headers: [], body: Buffer.from('{}') } as const
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n'

describe('a run that fails', () => {
  it.each(['127.0.0.1', 'localhost'])('is refused where nothing listens at %s', async (host) => {
    const sink = createTestSink()
    openUpstream(new URL(`http://${host}:${await findDeadPort()}`)).run(GET, sink)
    expect(await sink.ended()).toMatchObject({ reason: 'refused', phase: 'connecting' })
    expect(sink.log).toEqual(['fail'])
  })

  it('is not sent a second time when its connection ends before an answer', async () => {
    let count = 0
    const origin = await startHttpOrigin((request) => {
      count += 1
      request.socket.end()
    })
    const sink = createTestSink()
    openUpstream(origin.url).run(POST, sink)
    expect(await sink.ended()).toMatchObject({ reason: 'closed', phase: 'sent' })
    expect(count).toBe(1)
  })

  it('says that the connection was reset before an answer', async () => {
    const origin = await startHttpOrigin((request) => request.socket.resetAndDestroy())
    const sink = createTestSink()
    openUpstream(origin.url).run(POST, sink)
    expect(await sink.ended()).toMatchObject({ reason: 'reset', phase: 'sent' })
  })

  it('says that what came is not HTTP', async () => {
    const origin = await startRawOrigin('SSH-2.0-OpenSSH_9.6\r\n')
    const sink = createTestSink()
    openUpstream(origin.url).run(GET, sink)
    expect(await sink.ended()).toMatchObject({ reason: 'protocol', phase: 'sent' })
  })

  it.each([
    ['chunks', `${CHUNKED}\r\n5\r\nhello\r\n`],
    [
      'chunks on a connection announced to close',
      `${CHUNKED}Connection: close\r\n\r\n5\r\nhello\r\n`,
    ],
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello'],
    [
      'a length, announced to close',
      'HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nhello',
    ],
  ])('hands over what came of a body cut in %s, and then that it is cut', async (_name, answer) => {
    const origin = await startRawOrigin(answer)
    const accepted = origin.nextSocket()
    const sink = createTestSink()
    openUpstream(origin.url).run(GET, sink)
    await sink.reached('data')
    ;(await accepted).end()
    expect(await sink.ended()).toMatchObject({ reason: 'closed', phase: 'body' })
    expect(sink.text()).toBe('hello')
    expect(sink.log).toEqual(['head', 'data', 'fail'])
  })

  it('is given up where Reprise itself closes', async () => {
    const origin = await startRawOrigin(`${CHUNKED}\r\n5\r\nhello\r\n`)
    const sink = createTestSink()
    const upstream = openUpstream(origin.url)
    upstream.run(GET, sink)
    await sink.reached('data')
    await upstream.close()
    expect(await sink.ended()).toMatchObject({ reason: 'aborted', phase: 'body' })
  })
})
