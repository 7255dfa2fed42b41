import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { toBodyPlan } from '../support/origin-plan.ts'
import { exchange, postJson } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'

let origin: SimulatedOrigin
let reprise: TestServer

beforeAll(async () => {
  origin = await startOrigin()
  reprise = await startReprise({
    upstream: origin.url,
    flags: { 'security.hosts': ['models.example'], 'security.origins': ['https://app.example'] },
  })
})

afterAll(async () => {
  await reprise.close()
  await origin.close()
})

const question = { model: 'tiny', prompt: 'guarded' }
const from = (origin: string) => [['Origin', origin]] as const
const get = (path: string, headers: readonly (readonly [string, string])[] = []) =>
  exchange(reprise.port, { path, headers })

describe('a page of another site', () => {
  it('is refused before the cache is asked, on hits as on misses', async () => {
    await postJson(reprise.port, '/api/generate', question)
    const refused = await postJson(
      reprise.port,
      '/api/generate',
      question,
      from('http://evil.example'),
    )
    expect(refused.status).toBe(403)
    expect(refused.body.length).toBe(0)
    expect(refused.header('x-cache')).toBeUndefined()
    expect(refused.header('cache-status')).toBeUndefined()
  })

  it('is refused on the reserved paths too', async () => {
    expect((await get('/metrics', from('http://evil.example'))).status).toBe(403)
    expect((await get('/reprise/stats', [['Sec-Fetch-Site', 'cross-site']])).status).toBe(403)
  })

  it('is allowed where the origin itself says so, which is asked once', async () => {
    const asked = 'https://known-to-ollama.example'
    const plan = toBodyPlan(204, undefined, Buffer.alloc(0))
    const headers = [['Access-Control-Allow-Origin', asked]] as const
    origin.answerWith('/api/chat', { ...plan, headers, pieces: [] })
    const first = await postJson(reprise.port, '/api/generate', question, from(asked))
    const second = await postJson(reprise.port, '/api/generate', question, from(asked))
    expect([first.status, second.status]).toEqual([200, 200])
    expect(second.header('access-control-allow-origin')).toBe(asked)
    expect(
      origin.calls('/api/chat').filter((call) => call.method === 'OPTIONS').length,
    ).toBeGreaterThan(0)
  })
})

describe('an allowed page', () => {
  it('gets Ollama’s CORS headers on a hit as on a miss, once each', async () => {
    const hit = await postJson(
      reprise.port,
      '/api/generate',
      question,
      from('http://localhost:3000'),
    )
    expect(hit.header('x-cache')).toBe('HIT')
    expect(hit.header('access-control-allow-origin')).toBe('http://localhost:3000')
    expect(hit.header('vary')).toBe('Origin')
    const fresh = { ...question, prompt: 'cors miss' }
    const miss = await postJson(reprise.port, '/api/generate', fresh, from('https://app.example'))
    expect(miss.header('x-cache')).toBe('MISS')
    expect(miss.header('access-control-allow-origin')).toBe('https://app.example')
    const sent = origin.calls('/api/generate').at(-1)
    expect(sent?.headers.map(([name]) => name.toLowerCase())).not.toContain('origin')
  })

  it('of the server itself needs no header', async () => {
    const host = `127.0.0.1:${reprise.port}`
    const headers = [['Host', host], ...from(`http://${host}`)] as const
    const answer = await get('/api/version', headers)
    expect(answer.status).toBe(200)
    expect(answer.header('access-control-allow-origin')).toBeUndefined()
  })
})

describe('the Host header', () => {
  it.each([
    ['evil.example', 403],
    ['localhost.evil.example', 403],
    ['localhost', 200],
    ['box.local', 200],
    ['models.example', 200],
    ['192.168.1.5:11434', 200],
    ['[::1]:11435', 200],
    ['8.8.8.8', 403],
    ['', 200],
  ])('%s gives %i', async (host, status) => {
    expect((await get('/api/version', [['Host', host]])).status).toBe(status)
  })

  it('given twice is a bad request', async () => {
    const head = 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n'
    const answer = await exchange(reprise.port, { path: '/', head })
    expect(answer.status).toBe(400)
  })

  it('is replaced by the authority of an absolute target', async () => {
    const head = 'GET http://evil.example/api/version HTTP/1.1\r\nHost: localhost\r\n\r\n'
    expect((await exchange(reprise.port, { path: '/', head })).status).toBe(403)
    const local = 'GET http://localhost/api/version HTTP/1.1\r\nHost: x\r\n\r\n'
    expect((await exchange(reprise.port, { path: '/', head: local })).status).toBe(200)
  })
})

describe('a path', () => {
  it.each(['/api%2Fdelete', '/api/%64elete', '/api;x/tags', '/api\\tags', '/api/ta\u0001gs'])(
    '%j is 404 and never forwarded',
    async (path) => {
      const before = origin.allCalls.filter((call) => call.path === path).length
      const answer = await get(path)
      expect([400, 404]).toContain(answer.status)
      expect(origin.allCalls.filter((call) => call.path === path).length).toBe(before)
    },
  )

  it.each(['//api/tags', '/api/../api/tags', '/api/./tags', '/api/tags/'])(
    '%s goes to the origin as it is, whose redirect comes back',
    async (path) => {
      const answer = await get(path)
      expect([301, 307]).toContain(answer.status)
      expect(answer.header('location')).toBe('/api/tags')
      expect(origin.allCalls.some((call) => call.path === path)).toBe(true)
    },
  )

  it('may hold an encoded model name', async () => {
    await get('/v1/models/library%2Ftiny')
    expect(origin.allCalls.some((call) => call.path === '/v1/models/library%2Ftiny')).toBe(true)
  })

  it('that is reserved is never forwarded', async () => {
    for (const path of ['/metrics', '/reprise/nothing', '/reprise']) {
      await exchange(reprise.port, { method: 'POST', path, body: '{}' })
      await get(path)
    }
    expect(origin.allCalls.some((call) => /^\/(metrics|reprise)/.test(call.path))).toBe(false)
  })
})

describe('a request that has been here before', () => {
  it('is answered with 508 and the name of the setting', async () => {
    const first = await get('/api/tags')
    expect(first.status).toBe(200)
    const via = origin.allCalls
      .flatMap((call) => call.headers)
      .find(([name]) => /^via$/i.test(name))?.[1]
    const answer = await get('/api/tags', [['Via', via ?? '']])
    expect(answer.status).toBe(508)
    expect(JSON.parse(answer.body.toString()).error).toMatch(/REPRISE_UPSTREAM/)
  })
})
