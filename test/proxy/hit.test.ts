import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson } from '../support/raw-client.ts'
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

const CREATED = /"created_at":"[^"]*"/g
const withoutInstants = (body: Buffer): string => body.toString().replaceAll(CREATED, '')

describe.each(['/api/generate', '/api/chat'])('a second request to %s', (path) => {
  const ask = (more: object) =>
    path === '/api/chat'
      ? { model: 'tiny', messages: [{ role: 'user', content: 'hi' }], ...more }
      : { model: 'tiny', prompt: 'hi', ...more }

  it('is answered from the cache with the same frames, one in each transfer chunk', async () => {
    const miss = await postJson(reprise.port, path, ask({}))
    const before = origin.calls(path).length
    const hit = await postJson(reprise.port, path, ask({}))
    expect(miss.header('x-cache')).toBe('MISS')
    expect(hit.header('x-cache')).toBe('HIT')
    expect(hit.header('cache-status')).toMatch(/^reprise; hit; ttl=\d+; detail=memory$/)
    expect(hit.header('age')).toBe('0')
    expect(withoutInstants(hit.body)).toBe(withoutInstants(miss.body))
    expect(hit.chunks.length).toBe(miss.chunks.length)
    expect(hit.chunks.map(withoutInstants)).toEqual(miss.chunks.map(withoutInstants))
    expect(hit.end).toBe('proved')
    expect(origin.calls(path).length).toBe(before)
  })

  it('serves whole-answer clients from the same entry, equal to the origin’s whole answer', async () => {
    const question = ask({ options: { seed: 7 } })
    await postJson(reprise.port, path, question)
    const hit = await postJson(reprise.port, path, { ...question, stream: false })
    const sent = origin.calls(path).at(-1)?.json
    const direct = await postJson(origin.port, path, { ...sent, stream: false })
    expect(hit.header('x-cache')).toBe('HIT')
    expect(hit.header('content-type')).toBe('application/json; charset=utf-8')
    expect(withoutInstants(hit.body)).toBe(withoutInstants(direct.body))
  })

  it('asked as a whole first, is folded from the stream that the origin was asked for', async () => {
    const question = ask({ stream: false, options: { seed: 8 } })
    const miss = await postJson(reprise.port, path, question)
    const sent = origin.calls(path).at(-1)?.json
    const direct = await postJson(origin.port, path, { ...sent, stream: false })
    expect(sent?.stream).toBe(true)
    expect(miss.header('x-cache')).toBe('MISS')
    expect(miss.body.toString()).toBe(direct.body.toString())
    expect(miss.header('content-length')).toBe(String(miss.body.length))
    const streamed = await postJson(reprise.port, path, { ...question, stream: true })
    expect(streamed.header('x-cache')).toBe('HIT')
    expect(streamed.header('content-type')).toBe('application/x-ndjson')
  })
})

describe('a hit', () => {
  it('names the model as this client wrote it', async () => {
    await postJson(reprise.port, '/api/generate', { model: 'tiny', prompt: 'name' })
    const hit = await postJson(reprise.port, '/api/generate', {
      model: 'TINY:latest',
      prompt: 'name',
    })
    expect(hit.header('x-cache')).toBe('HIT')
    expect(JSON.parse(hit.chunks[0]?.toString() ?? '').model).toBe('TINY:latest')
  })

  it('comes from SQLite after a restart, and from memory when it is asked for again', async () => {
    const first = await startReprise({
      upstream: origin.url,
      dataDir: `${reprise.dataDir}/restart`,
    })
    await postJson(first.port, '/api/generate', { model: 'tiny', prompt: 'restart' })
    await first.close()
    const second = await startReprise({ upstream: origin.url, dataDir: first.dataDir })
    const hit = await postJson(second.port, '/api/generate', { model: 'tiny', prompt: 'restart' })
    const again = await postJson(second.port, '/api/generate', { model: 'tiny', prompt: 'restart' })
    const third = await postJson(second.port, '/api/generate', { model: 'tiny', prompt: 'restart' })
    await second.close()
    expect(second.startLine).toMatch(/\(Ollama 0\.32\.15\), 1 entries$/)
    expect(hit.header('cache-status')).toMatch(/detail=sqlite$/)
    expect(again.header('cache-status')).toMatch(/detail=sqlite$/)
    expect(third.header('cache-status')).toMatch(/detail=memory$/)
  })

  it('is not given across models, nor after the digest of the model has changed, though it change back', async () => {
    const question = { model: 'tiny', prompt: 'which weights?' }
    await postJson(reprise.port, '/api/generate', question)
    const other = await postJson(reprise.port, '/api/generate', { ...question, model: 'other' })
    expect(other.header('x-cache')).toBe('MISS')
    await postJson(reprise.port, '/api/create', { model: 'tiny', from: 'other' })
    const changed = await postJson(reprise.port, '/api/generate', question)
    expect(changed.header('x-cache')).toBe('MISS')
    origin.setModel('tiny:latest', 'tiny')
    await postJson(reprise.port, '/api/copy', { source: 'other', destination: 'copy' })
    const back = await postJson(reprise.port, '/api/generate', question)
    expect(back.header('x-cache')).toBe('MISS')
  })
})
