import { describe, expect, it } from 'vitest'
import { readDocument } from '../../src/ollama/document.ts'
import { findEndpoint } from '../../src/ollama/endpoints.ts'
import { readRequest } from '../../src/ollama/reuse.ts'
import { documentOf, endpointOf, type Route } from './documents.ts'

const read = (text: string, route: Route = 'generate') =>
  readRequest(documentOf(text, route), endpointOf(route))

describe('a request bypasses', () => {
  it.each([
    ['invalid-field', 'none', 'generate', '{"prompt":"p"}'],
    ['invalid-field', 'none', 'generate', '{"model":"","prompt":"p"}'],
    ['invalid-field', 'none', 'generate', '{"model":null,"prompt":"p"}'],
    ['invalid-field', 'none', 'generate', '{"model":5,"prompt":"p"}'],
    ['invalid-field', 'none', 'generate', '{"model":"m","prompt":5}'],
    ['invalid-field', 'none', 'generate', '{"model":"m","prompt":"p","stream":"no"}'],
    ['invalid-field', 'none', 'generate', '{"model":"m","prompt":"p","stream":0}'],
    ['invalid-field', 'none', 'generate', '{"model":"m","prompt":"p","options":[]}'],
    ['invalid-field', 'none', 'generate', '{"model":"m","prompt":"p","options":"x"}'],
    ['invalid-field', 'none', 'generate', '{"model":"m","prompt":"p","keep_alive":"10"}'],
    ['invalid-field', 'none', 'generate', '{"model":"m","prompt":"p","images":"x"}'],
    ['invalid-field', 'none', 'chat', '{"model":"m","messages":"x"}'],
    ['invalid-field', 'none', 'chat', '{"model":"m","messages":[{}],"tools":"x"}'],
    ['invalid-field', 'none', 'embed', '{"model":"m","input":5}'],
    ['unload', 'none', 'generate', '{"model":"m","keep_alive":0}'],
    ['unload', 'none', 'chat', '{"model":"m","messages":[ ],"keep_alive":"0s"}'],
    ['unload', 'all', 'generate', '{"model":"m","prompt":"p","keep_alive":0}'],
    ['unload', 'load', 'embed', '{"model":"m","keep_alive":0}'],
    ['unload', 'load', 'embed', '{"model":"m","input":"x","keep_alive":0}'],
    ['load', 'load', 'generate', '{"model":"m"}'],
    ['load', 'load', 'generate', '{"model":"m","prompt":null}'],
    ['load', 'load', 'generate', '{"model":"m","prompt":"","images":["x"],"keep_alive":-1}'],
    ['load', 'load', 'chat', '{"model":"m"}'],
    ['load', 'load', 'chat', '{"model":"m","messages":null}'],
    ['load', 'load', 'chat', '{"model":"m","messages":[]}'],
    ['load', 'load', 'embed', '{"model":"m","input":""}'],
    ['load', 'load', 'embed', '{"model":"m","input":[]}'],
    ['load', 'load', 'embeddings', '{"model":"m"}'],
    ['pin', 'all', 'generate', '{"model":"m","prompt":"p","keep_alive":-1}'],
    ['pin', 'all', 'chat', '{"model":"m","messages":[{}],"keep_alive":"-1s"}'],
    ['debug', 'all', 'generate', '{"model":"m","prompt":"p","_debug_render_only":true}'],
    ['remote-model', 'none', 'generate', '{"model":"x:cloud","prompt":"p"}'],
    ['remote-model', 'none', 'chat', '{"model":"x:8b-cloud","messages":[{}]}'],
    [undefined, 'load', 'embed', '{"model":"m","input":[""]}'],
    [undefined, 'load', 'embeddings', '{"model":"m","prompt":"p"}'],
    ['route', 'none', 'show', '{"model":"m"}'],
  ] as const)('as %s, injected %s: %s %s', (bypass, injected, route, text) => {
    expect(read(text, route)).toMatchObject({ bypass, injected })
  })
})

describe('a request may be reused', () => {
  it.each([
    ['generate', '{"model":"m","prompt":"p"}'],
    ['generate', '{"model":"m","prompt":" ","_debug_render_only":false}'],
    ['generate', '{"model":"m","prompt":"p","keep_alive":"5m","options":null,"images":null}'],
    ['generate', '{"model":"m","prompt":"p","future":[1]}'],
    ['chat', '{"model":"m","messages":[{"role":"user","content":""}]}'],
  ] as const)('%s %s', (route, text) => {
    expect(read(text, route)).toMatchObject({ bypass: undefined, injected: 'all', model: 'm' })
  })
})

describe('the kind of a request is', () => {
  it.each([
    ['text', 'generate', '{"model":"m","prompt":"p","images":[ ]}'],
    ['vision', 'generate', '{"model":"m","prompt":"p","images":["x"]}'],
    ['text', 'generate', '{"model":"m","prompt":"p","messages":5}'],
    ['text', 'chat', '{"model":"m","messages":[{"images":[]},{"images":null},"x"]}'],
    ['vision', 'chat', '{"model":"m","messages":[{"role":"user"},{"images":["x"]}]}'],
    ['embedding', 'embed', '{"model":"m","input":"x"}'],
  ] as const)('%s: %s %s', (kind, route, text) => {
    expect(read(text, route).kind).toBe(kind)
  })
})

describe('a client asks for', () => {
  it.each([
    ['stream', 'generate', '{"model":"m"}'],
    ['stream', 'generate', '{"model":"m","stream":null}'],
    ['stream', 'generate', '{"model":"m","stream":true}'],
    ['whole', 'generate', '{"model":"m","stream":false}'],
    ['whole', 'embed', '{"model":"m"}'],
  ] as const)('%s: %s %s', (whole, route, text) => {
    expect(read(text, route).whole).toBe(whole)
  })

  it.each([
    ['whole', '{}'],
    ['whole', '{"stream":false}'],
    ['stream', '{"stream":true}'],
  ])('%s where streams are given on request: %s', (whole, text) => {
    const endpoint = findEndpoint('POST', '/v1/chat/completions')!
    const document = readDocument(Buffer.from(text), endpoint)!
    expect(readRequest(document, endpoint)).toMatchObject({
      whole,
      bypass: 'invalid-field',
      model: '',
    })
  })
})
