import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import {
  canCountConnecting,
  countConnecting,
  reachConnecting,
  startFullOrigin,
} from './support/full-origin.ts'
import { openUpstream, startHttpOrigin } from './support/origin.ts'
import { createTestSink } from './support/sink.ts'

const POST = { method: 'POST', path: '/', headers: [], body: Buffer.from('{}') } as const
const GIVEN_UP = [{ reason: 'aborted', phase: 'connecting' }]

// Only Linux lists its connections in /proc/net/tcp.
describe.skipIf(!canCountConnecting)('a connection that is being made', () => {
  it.each(['127.0.0.1', 'localhost'])('to %s is closed with its run', async (host) => {
    const port = await startFullOrigin()
    const sink = createTestSink()
    const run = openUpstream(new URL(`http://${host}:${port}`)).run(POST, sink)
    await reachConnecting(port, 1)
    run.abort()
    expect(countConnecting(port)).toBe(0)
    expect(sink.failures).toMatchObject(GIVEN_UP)
    await new Promise(setImmediate)
    expect([sink.log, countConnecting(port)]).toEqual([['fail'], 0])
  })

  it('is closed without those of other runs', async () => {
    const port = await startFullOrigin()
    const upstream = openUpstream(new URL(`http://127.0.0.1:${port}`))
    const sinks = [1, 2, 3].map(() => createTestSink())
    const runs = sinks.map((sink) => upstream.run(POST, sink))
    await reachConnecting(port, 3)
    runs[1]?.abort()
    expect(countConnecting(port)).toBe(2)
    runs[1]?.abort()
    await new Promise(setImmediate)
    expect(countConnecting(port)).toBe(2)
    expect(sinks.map(({ log }) => log)).toEqual([[], ['fail'], []])
  })

  it('is closed where Reprise itself closes', async () => {
    const port = await startFullOrigin()
    const upstream = openUpstream(new URL(`http://127.0.0.1:${port}`))
    const sink = createTestSink()
    upstream.run(POST, sink)
    await reachConnecting(port, 1)
    await upstream.close()
    expect(await sink.ended()).toMatchObject(GIVEN_UP[0] ?? {})
    expect(countConnecting(port)).toBe(0)
  })

  it('does not keep a question beyond its limit', async () => {
    const port = await startFullOrigin()
    const upstream = openUpstream(new URL(`http://127.0.0.1:${port}`))
    const reply = upstream.ask('/api/ps', { timeoutMs: 20 })
    await expect(reply).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(countConnecting(port)).toBe(1)
  })
})

describe('a warm connection', () => {
  it('carries one run after another', async () => {
    const origin = await startHttpOrigin((_request, response) => response.end('all'))
    const upstream = openUpstream(origin.url)
    for (const _turn of [1, 2, 3]) {
      const sink = createTestSink()
      upstream.run(POST, sink)
      expect(await sink.ended()).toBe('end')
      // undici gives a server that says `keep-alive` one turn to close all the same.
      await new Promise(setImmediate)
    }
    expect(origin.sockets).toHaveLength(1)
  })

  it('found dead before anything was sent is replaced, unnoticed by the run', async () => {
    const origin = await startHttpOrigin((_request, response) => response.end('all'))
    const upstream = openUpstream(origin.url)
    const first = createTestSink()
    upstream.run(POST, first)
    expect(await first.ended()).toBe('end')
    const [socket] = origin.sockets
    socket?.end()
    if (socket !== undefined) await once(socket, 'close')
    const next = createTestSink()
    upstream.run(POST, next)
    expect(await next.ended()).toBe('end')
    expect(origin.sockets).toHaveLength(2)
  })
})
