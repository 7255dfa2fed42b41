import { describe, expect, it } from 'vitest'
import { canonicalize } from '../../src/ollama/canonical.ts'
import { readRequest } from '../../src/ollama/reuse.ts'
import { judgeSampling } from '../../src/ollama/sampling.ts'
import { toStreamedRequest } from '../../src/ollama/streamed-request.ts'
import { readUsageWish } from '../../src/ollama/usage-wish.ts'
import { documentAt, endpointAt } from './compatible-documents.ts'

const CHAT = '/v1/chat/completions'
const hello = { model: 'm', messages: [{ role: 'user', content: 'Hello' }] }

/** As if the answers of the route were kept. */
const read = (path: string, body: unknown) =>
  readRequest(documentAt(path, body), { ...endpointAt(path), cached: 'frames' })

const picture = (part: unknown) => [{ role: 'user', content: [{ type: 'text', text: 'x' }, part] }]

describe('a request of a compatible route', () => {
  it.each([
    [undefined, 'text', CHAT, hello],
    [undefined, 'text', CHAT, { ...hello, stream_options: { include_usage: null } }],
    [undefined, 'text', CHAT, { ...hello, keep_alive: 0, options: [], seed: null }],
    [undefined, 'text', CHAT, { ...hello, tools: [{ type: 'web_search' }] }],
    [undefined, 'vision', CHAT, { model: 'm', messages: picture({ type: 'image_url' }) }],
    ['invalid-field', 'text', CHAT, { model: 'm' }],
    ['invalid-field', 'text', CHAT, { model: 'm', messages: [] }],
    ['invalid-field', 'text', CHAT, { messages: [{}] }],
    ['invalid-field', 'text', CHAT, { ...hello, temperature: 'hot' }],
    ['invalid-field', 'text', CHAT, { ...hello, stream: 'yes' }],
    ['invalid-field', 'text', CHAT, { ...hello, stream_options: { include_usage: 1 } }],
    ['debug', 'text', CHAT, { ...hello, _debug_render_only: true }],
    ['remote-model', 'text', CHAT, { ...hello, model: 'x:cloud' }],
    [undefined, 'text', '/v1/completions', { model: 'm', prompt: 'x' }],
    ['load', 'text', '/v1/completions', { model: 'm', prompt: '' }],
    ['load', 'text', '/v1/completions', { model: 'm' }],
    ['invalid-field', 'text', '/v1/completions', { model: 'm', prompt: ['x'] }],
    [undefined, 'text', '/v1/responses', { model: 'm', input: 'x' }],
    [undefined, 'text', '/v1/responses', { model: 'm', instructions: 'x' }],
    ['load', 'text', '/v1/responses', { model: 'm' }],
    ['load', 'text', '/v1/responses', { model: 'm', input: [], instructions: '' }],
    [
      'web-search',
      'text',
      '/v1/responses',
      { model: 'm', input: 'x', tools: [{ type: 'web_search' }] },
    ],
    [undefined, 'vision', '/v1/responses', { model: 'm', input: picture({ type: 'input_image' }) }],
    [undefined, 'text', '/v1/messages', { ...hello, max_tokens: 5 }],
    [undefined, 'vision', '/v1/messages', { model: 'm', messages: picture({ type: 'image' }) }],
    ['invalid-field', 'text', '/v1/messages', { model: 'm', messages: [], max_tokens: 5 }],
    ['web-search', 'text', '/v1/messages', { ...hello, tools: [{ type: 'web_search_20250305' }] }],
    [undefined, 'embedding', '/v1/embeddings', { model: 'm', input: '' }],
    ['invalid-field', 'embedding', '/v1/embeddings', { model: 'm', input: [] }],
    ['invalid-field', 'embedding', '/v1/embeddings', { model: 'm' }],
  ] as const)('bypasses as %s, kind %s: %s %j', (bypass, kind, path, body) => {
    expect(read(path, body)).toMatchObject({ bypass, kind, injected: 'none' })
  })

  it('finds a web-search tool however its type is spelled', () => {
    const body = '{"model":"m","input":"x","tools":[{"type":"web\\u005fsearch"}]}'
    expect(read('/v1/responses', body).bypass).toBe('web-search')
  })
})

describe('its sampling', () => {
  const rules = { maxTemperature: 0.3, absent: 'reuse' } as const

  it.each([
    ['reusable', CHAT, {}],
    ['reusable', CHAT, { temperature: 0.2 }],
    ['reusable', CHAT, { temperature: 1, seed: 7 }],
    ['temperature', CHAT, { temperature: 1 }],
    ['temperature', CHAT, { temperature: 1, seed: -1 }],
    ['temperature', CHAT, { temperature: 1, top_k: 1 }],
    ['temperature', CHAT, { temperature: 1, options: { seed: 7 } }],
    ['reusable', '/v1/messages', { temperature: 1, top_k: 1 }],
    ['temperature', '/v1/messages', { temperature: 1, seed: 7 }],
    ['temperature', '/v1/responses', { temperature: 1, seed: 7 }],
  ] as const)('is %s on %s with %j', (verdict, path, more) => {
    expect(judgeSampling(documentAt(path, { ...hello, ...more }), rules)).toBe(verdict)
  })
})

describe('its canonical form', () => {
  const canonical = (body: unknown, path = CHAT) => canonicalize(documentAt(path, body)).toString()

  it('is blind to what only says how the answer is handed over, and to the spelling of floats', () => {
    const plain = canonical({ ...hello, temperature: 0 })
    const streamed = { stream: true, stream_options: { include_usage: true }, ...hello }
    expect(canonical({ ...streamed, temperature: 0 })).toBe(plain)
    expect(canonical(JSON.stringify({ ...hello, temperature: 7 }).replace('7', '0.0'))).toBe(plain)
  })

  it.each([
    { temperature: 1 },
    { seed: 0 },
    { user: 'x' },
    { keep_alive: '5m' },
    { options: { seed: 1 } },
    { max_completion_tokens: 5 },
    { response_format: { type: 'text' } },
  ])('differs with %j', (more) => {
    expect(canonical({ ...hello, ...more })).not.toBe(canonical(hello))
  })
})

describe('the request that is sent', () => {
  it('is streamed with its usage, every other byte as it was', () => {
    const body = '{ "model":"m", "stream":false,"messages":[{}] }'
    expect(toStreamedRequest(documentAt(CHAT, body)).bytes.toString()).toBe(
      '{"stream_options":{"include_usage":true}, "model":"m", "stream":true,"messages":[{}] }',
    )
    const asked = '{"stream":true,"stream_options":null,"model":"m"}'
    const sent = toStreamedRequest(documentAt('/v1/completions', asked))
    expect(sent.bytes.toString()).toBe(asked.replace('null', '{"include_usage":true}'))
    expect(readUsageWish(sent)).toBe('shown')
    const anthropic = toStreamedRequest(documentAt('/v1/messages', '{"model":"m"}'))
    expect(anthropic.bytes.toString()).toBe('{"stream":true,"model":"m"}')
  })
})
