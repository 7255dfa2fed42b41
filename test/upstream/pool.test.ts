import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { openUpstream, startHttpOrigin, startRawOrigin } from './support/origin.ts'
import { createTestSink } from './support/sink.ts'

describe('ask', () => {
  it('sends what it is given and reads the answer whole', async () => {
    const origin = await startHttpOrigin((request, response) => {
      request.setEncoding('utf8').on('data', (body) => {
        response.writeHead(201, { 'X-Seen': `${request.method} ${request.url}` }).end(`<${body}>`)
      })
    })
    const options = { method: 'POST', headers: { 'x-a': 'b' }, body: 'hello' } as const
    const reply = await openUpstream(origin.url).ask('/api/show?x=1', options)
    expect([reply.status, reply.headers['x-seen'], reply.body.toString()]).toEqual([
      201,
      'POST /api/show?x=1',
      '<hello>',
    ])
  })

  it('uses two connections at most, and none that a run could want', async () => {
    const waiting: (() => void)[] = []
    const origin = await startHttpOrigin((request, response) => {
      if (request.url === '/run') response.end()
      else waiting.push(() => response.end())
    })
    const upstream = openUpstream(origin.url)
    const replies = [1, 2, 3].map(() => upstream.ask('/api/tags'))
    const sink = createTestSink()
    upstream.run({ method: 'GET', path: '/run', headers: [], body: undefined }, sink)
    expect(await sink.ended()).toBe('end')
    while (waiting.length < 2) await new Promise(setImmediate)
    expect(waiting).toHaveLength(2)
    for (const release of waiting.splice(0)) release()
    await Promise.all(replies.slice(0, 2))
    while (waiting.length < 1) await new Promise(setImmediate)
    waiting[0]?.()
    await replies[2]
    expect(origin.sockets).toHaveLength(3)
  })

  it('rejects, and closes its connection, where the whole answer takes longer than its limit', async () => {
    const origin = await startRawOrigin('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal')
    const accepted = origin.nextSocket()
    const reply = openUpstream(origin.url).ask('/api/tags', { timeoutMs: 20 })
    const socket = await accepted
    const closed = once(socket, 'close')
    await expect(reply).rejects.toMatchObject({ name: 'TimeoutError' })
    await closed
  })
})

describe('the dispatcher of what is handed through', () => {
  it.each(['reset', 'end'])(
    'survives the %s of a connection whose answer nobody reads',
    async (how) => {
      const head = 'HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n'
      const chunk = `${(200_000).toString(16)}\r\n${'x'.repeat(200_000)}\r\n`
      const origin = await startRawOrigin(head + chunk)
      const accepted = origin.nextSocket()
      const upstream = openUpstream(origin.url)
      const request = { origin: origin.url.origin, path: '/', method: 'GET' } as const
      const { body } = await upstream.relayAgent.request(request)
      const failed = once(body, 'error')
      await once(body, 'readable')
      const socket = await accepted
      if (how === 'reset') socket.resetAndDestroy()
      else socket.end()
      await failed
    },
  )
})
