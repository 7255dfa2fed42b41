import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { openUpstream, startHttpOrigin, startRawOrigin } from './support/origin.ts'
import { createTestSink } from './support/sink.ts'

const GET = { method: 'GET', path: '/', headers: [], body: undefined } as const
const POST = { method: 'POST', path: '/', headers: [], body: Buffer.from('{}') } as const

describe('abort', () => {
  it('closes the connection while the origin has not answered', async () => {
    let arrive: (() => void) | undefined
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve
    })
    const origin = await startHttpOrigin(() => arrive?.())
    const accepted = origin.nextSocket()
    const sink = createTestSink()
    const run = openUpstream(origin.url).run(POST, sink)
    await arrived
    const closed = once(await accepted, 'close')
    run.abort()
    expect(sink.failures).toMatchObject([{ reason: 'aborted', phase: 'sent' }])
    await closed
  })

  it('closes the connection in the middle of the body, after which nothing more is heard', async () => {
    const origin = await startHttpOrigin((_request, response) => response.write('one'))
    const accepted = origin.nextSocket()
    const sink = createTestSink()
    const run = openUpstream(origin.url).run(POST, sink)
    await sink.reached('data')
    const closed = once(await accepted, 'close')
    run.abort()
    await closed
    expect(sink.log).toEqual(['head', 'data', 'fail'])
    expect(sink.failures).toMatchObject([{ reason: 'aborted', phase: 'body' }])
  })

  it('closes the connection of a paused run', async () => {
    const origin = await startHttpOrigin((_request, response) => response.write('one'))
    const accepted = origin.nextSocket()
    const sink = createTestSink()
    const run = openUpstream(origin.url).run(POST, sink)
    run.pause()
    await sink.reached('head')
    const closed = once(await accepted, 'close')
    run.abort()
    await closed
    expect(sink.log.at(-1)).toBe('fail')
  })

  it('keeps a request that has no connection yet from ever being sent', async () => {
    const paths: unknown[] = []
    const origin = await startHttpOrigin((request, response) => {
      paths.push(request.url)
      response.end()
    })
    const upstream = openUpstream(origin.url)
    const sink = createTestSink()
    upstream.run(POST, sink).abort()
    expect(sink.failures).toMatchObject([{ reason: 'aborted', phase: 'connecting' }])
    const next = createTestSink()
    upstream.run({ ...POST, path: '/next' }, next)
    expect(await next.ended()).toBe('end')
    expect(paths).toEqual(['/next'])
    expect(sink.log).toEqual(['fail'])
  })

  it('changes nothing once the run is over', async () => {
    const origin = await startHttpOrigin((_request, response) => response.end('all'))
    const sink = createTestSink()
    const run = openUpstream(origin.url).run(GET, sink)
    expect(await sink.ended()).toBe('end')
    run.abort()
    expect(sink.log).toEqual(['head', 'data', 'end'])
  })
})

describe('pause', () => {
  it('makes the origin wait, and resume brings every byte', async () => {
    const piece = 'x'.repeat(64 * 1024)
    const total = 400
    let sent = 0
    let stall: (() => void) | undefined
    const stalled = new Promise<void>((resolve) => {
      stall = resolve
    })
    const origin = await startHttpOrigin((_request, response) => {
      const write = (): void => {
        while (sent < total) {
          sent += 1
          if (!response.write(piece)) {
            // What the kernel takes is taken at once; a buffer that stays full means nobody reads.
            if (response.writableLength > 8 * piece.length) stall?.()
            else setImmediate(write)
            return
          }
        }
        response.end()
      }
      response.on('drain', write)
      write()
    })
    const sink = createTestSink()
    const run = openUpstream(origin.url).run(GET, sink)
    run.pause()
    await stalled
    expect(sink.text().length).toBeLessThan(total * piece.length)
    run.resume()
    expect(await sink.ended()).toBe('end')
    expect(sink.text().length).toBe(total * piece.length)
  })

  it.each([
    ['reset', 'Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n', 'fail'],
    // Without a length the end proves nothing, and undici takes a reset for one.
    ['reset', '\r\nhello', 'end'],
    ['end', '\r\nhello', 'end'],
  ])(
    'survives the %s of a connection that was to close with its answer',
    async (how, rest, call) => {
      const origin = await startRawOrigin(`HTTP/1.1 200 OK\r\n${rest}`)
      const accepted = origin.nextSocket()
      const sink = createTestSink()
      const run = openUpstream(origin.url).run(GET, sink)
      run.pause()
      await sink.reached('head')
      const socket = await accepted
      if (how === 'reset') socket.resetAndDestroy()
      else socket.end()
      await sink.ended()
      expect(sink.log.at(-1)).toBe(call)
    },
  )
})
