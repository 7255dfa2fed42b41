import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson, send } from '../support/raw-client.ts'
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

const ask = (prompt: string, more: object = {}) => {
  const body = JSON.stringify({ model: 'tiny', prompt, ...more })
  return send(reprise.port, { method: 'POST', path: '/api/generate', body })
}

describe.each(['stream', 'whole'])('a client that asked for a %s and leaves', (shape) => {
  const more = shape === 'whole' ? { stream: false } : {}

  it('before the headers ends the run at the origin, and leaves no entry', async () => {
    const barrier = origin.hold('/api/generate', 'headers')
    const client = ask(`headers ${shape}`, more)
    await barrier.arrived
    const call = origin.calls('/api/generate').at(-1)
    client.abort()
    await call?.closed
    expect(call?.state).toBe('aborted')
    barrier.release()
    const again = await postJson(reprise.port, '/api/generate', {
      model: 'tiny',
      prompt: `headers ${shape}`,
    })
    expect(again.header('x-cache')).toBe('MISS')
  })

  it('in the middle of the answer ends the run at the origin, and leaves no entry', async () => {
    const barrier = origin.hold('/api/generate', 3)
    const client = ask(`middle ${shape}`, more)
    await barrier.arrived
    if (shape === 'stream') await client.received(1)
    const call = origin.calls('/api/generate').at(-1)
    client.abort()
    await call?.closed
    expect(call?.state).toBe('aborted')
    barrier.release()
    const again = await postJson(reprise.port, '/api/generate', {
      model: 'tiny',
      prompt: `middle ${shape}`,
    })
    expect(again.header('x-cache')).toBe('MISS')
  })
})

describe('a client that leaves', () => {
  it('while a bypassing run waits for its headers ends it too', async () => {
    const barrier = origin.hold('/api/generate', 'headers')
    const client = ask('bypass', { options: { temperature: 0.9 } })
    await barrier.arrived
    const call = origin.calls('/api/generate').at(-1)
    client.abort()
    await call?.closed
    expect(call?.state).toBe('aborted')
    barrier.release()
  })

  it('while a compatible route waits for its headers ends that run', async () => {
    const barrier = origin.hold('/v1/chat/completions', 'headers')
    const body = JSON.stringify({ model: 'tiny', messages: [] })
    const client = send(reprise.port, { method: 'POST', path: '/v1/chat/completions', body })
    await barrier.arrived
    const call = origin.calls('/v1/chat/completions').at(-1)
    client.abort()
    await call?.closed
    expect(call?.state).toBe('aborted')
    barrier.release()
  })

  it('in the middle of its body forwards nothing', async () => {
    const before = origin.calls('/api/generate').length
    const head = 'POST /api/generate HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n'
    const client = send(reprise.port, { path: '/', head, body: '{"model":"tiny"' })
    await once(client.socket, 'connect')
    client.socket.end()
    await client.answer
    // The next request has come through completely, so the broken one has been dealt with.
    await postJson(reprise.port, '/api/generate', { model: 'tiny', prompt: 'after' })
    expect(origin.calls('/api/generate').length).toBe(before + 1)
  })
})

describe('an origin that accepts and never answers', () => {
  it('is let go when the client leaves while the connection is fresh', async () => {
    const silent = createServer()
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    const other = await startReprise({ upstream: `http://127.0.0.1:${port}` })
    const accepted = once(silent, 'connection')
    const body = JSON.stringify({ model: 'tiny', messages: [] })
    const client = send(other.port, { method: 'POST', path: '/v1/chat/completions', body })
    const [socket] = await accepted
    socket.resume()
    client.abort()
    await once(socket, 'close')
    await other.close()
    silent.close()
  })
})
