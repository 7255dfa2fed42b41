import { afterAll, beforeAll, expect, it } from 'vitest'
import { exchange, postJson, type RawRequest } from '../support/raw-client.ts'
import type { TestServer } from '../support/reprise.ts'
import { WEATHER } from './cases.ts'
import { inNameOrder, toSeen } from './compare.ts'
import { askDirectly, describeOllama, ollamaPort, startInFront } from './ollama.ts'

const DIGEST = `sha256:${'a1'.repeat(32)}`
const ASK = { model: 'tiny', temperature: 0, max_tokens: 20 }
const messages = [{ role: 'user', content: 'Hello' }]

/** Posted as they are; what is not kept reaches Ollama each time. */
const POSTED: readonly [string, unknown][] = [
  ['/api/show', { model: 'tiny' }],
  ['/api/show', { model: 'tiny-tools', verbose: true }],
  ['/api/show', { model: 'nosuch' }],
  ['/api/embed', { model: 'tiny', input: 'Hello' }],
  ['/api/embed', { model: 'tiny', input: ['a', 'b'] }],
  ['/api/embed', { model: 'nosuch', input: 'Hello' }],
  ['/api/embed', { model: 'tiny', input: 5 }],
  ['/api/embeddings', { model: 'tiny', prompt: 'Hello' }],
  ['/api/embeddings', { model: 'nosuch', prompt: 'Hello' }],
  ['/v1/chat/completions', { ...ASK, messages }],
  ['/v1/chat/completions', { ...ASK, messages, stream: true }],
  [
    '/v1/chat/completions',
    { ...ASK, messages, stream: true, stream_options: { include_usage: true } },
  ],
  ['/v1/chat/completions', { ...ASK, messages, model: 'tiny-tools', tools: [WEATHER] }],
  [
    '/v1/chat/completions',
    { ...ASK, messages, model: 'tiny-tools', tools: [WEATHER], stream: true },
  ],
  ['/v1/chat/completions', { ...ASK, messages, model: 'nosuch' }],
  ['/v1/chat/completions', { ...ASK, messages: [] }],
  ['/v1/completions', { ...ASK, prompt: 'Hello' }],
  ['/v1/completions', { ...ASK, prompt: 'Hello', stream: true }],
  ['/v1/completions', { ...ASK, prompt: 'Hello', model: 'nosuch', stream: true }],
  ['/v1/embeddings', { model: 'tiny', input: 'Hello' }],
  ['/api/create', { model: 'made' }],
  ['/api/copy', { source: 'nosuch', destination: 'made' }],
  ['/api/generate', '{"model":"tiny","prompt":"Hello"'],
  ['/api/generate', '[]'],
  ['/api/generate', ''],
  ['/api/chat', '{"model":"tiny","messages":"Hello"}'],
]

const request = (method: string, path: string, ...headers: [string, string][]): RawRequest => ({
  method,
  path,
  headers,
})

const preflight = (path: string, origin: string) =>
  request(
    'OPTIONS',
    path,
    ['Origin', origin],
    ['Access-Control-Request-Method', 'POST'],
    ['Access-Control-Request-Headers', 'content-type'],
  )

const OTHERS: readonly RawRequest[] = [
  request('GET', '/'),
  request('HEAD', '/'),
  request('GET', '/api/tags'),
  request('HEAD', '/api/tags'),
  request('GET', '/api/tags?x=1'),
  request('GET', '/api/ps'),
  request('GET', '/api/version'),
  request('HEAD', '/api/version'),
  request('GET', '/v1/models'),
  request('GET', '/v1/models/tiny'),
  request('GET', '/v1/models/nosuch'),
  request('GET', '/nope'),
  request('POST', '/api/nope'),
  request('PUT', '/api/tags'),
  request('GET', '/api/generate'),
  request('GET', '//'),
  request('GET', '//api//tags'),
  request('GET', '/api/./tags'),
  request('GET', '/api/tags/'),
  request('POST', '/api/generate/'),
  request('GET', '/API/TAGS'),
  request('HEAD', `/api/blobs/${DIGEST}`),
  request('HEAD', '/api/blobs/sha256:short'),
  request('OPTIONS', '/api/tags'),
  preflight('/api/chat', 'http://localhost:3000'),
  preflight('/api/chat', 'https://example.com'),
  request('GET', '/api/tags', ['Origin', 'http://127.0.0.1:5173']),
  request('GET', '/api/tags', ['Origin', 'https://example.com']),
  request('GET', '/api/tags', ['Host', 'example.com']),
]

describeOllama('what is not answered from the cache', () => {
  let reprise: TestServer

  beforeAll(async () => {
    reprise = await startInFront()
    await askDirectly('/api/generate', { model: 'tiny' })
  })

  afterAll(() => reprise.close())

  it.each(POSTED)('POST %s %j is the same, twice', async (path, body) => {
    const direct = toSeen(await askDirectly(path, body))
    expect(toSeen(await postJson(reprise.port, path, body))).toEqual(direct)
    expect(toSeen(await postJson(reprise.port, path, body))).toEqual(direct)
  })

  it.each(OTHERS)('$method $path $headers is the same', async (asked) => {
    const see = async (port: number) => {
      const seen = toSeen(await exchange(port, asked))
      return { ...seen, body: inNameOrder(seen.body) }
    }
    const direct = await see(ollamaPort)
    expect(await see(reprise.port)).toEqual(direct)
  })
})
