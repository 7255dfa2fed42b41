import { describe, expect, it } from 'vitest'
import {
  type EmbeddingRoute,
  readInputs,
  toEmbedRequest,
  wantsBase64,
} from '../../src/ollama/embedding-inputs.ts'
import { toTextSeries } from '../../src/ollama/embedding-key.ts'
import { toKey } from '../../src/ollama/key.ts'
import { documentAt } from './compatible-documents.ts'

/** What stands in a key besides its body. */
const PARTS = { partition: 'p', route: 'r', version: '1', digest: 'd', dateStamp: '' }

const read = (route: EmbeddingRoute, body: unknown) => readInputs(documentAt(route, body), route)

describe('the texts of a request', () => {
  it('are each named once, in order, whatever their spelling', () => {
    const body = '{"model":"m","input":["a", "b","\\u0061","é","b","\\u00e9"]}'
    const inputs = read('/api/embed', body)!
    const sent = Buffer.from(body)
    const spelled = inputs.distinct.map(({ start, end }) => sent.toString('utf8', start, end))
    expect(spelled).toEqual(['"a"', '"b"', '"é"'])
    expect(inputs.distinct.map(({ text }) => text)).toEqual(['a', 'b', 'é'])
    expect(inputs.order).toEqual([0, 1, 0, 2, 1, 2])
  })

  it.each([
    ['/api/embed', { input: 'x' }, ['x']],
    ['/api/embed', { input: [''] }, ['']],
    ['/api/embeddings', { prompt: 'x' }, ['x']],
    ['/v1/embeddings', { input: '' }, ['']],
    ['/v1/embeddings', { input: ['x', ''], encoding_format: 'FLOAT' }, ['x', '']],
    ['/v1/embeddings', { input: 'x', encoding_format: null }, ['x']],
  ] as const)('%s %j', (route, body, texts) => {
    const inputs = read(route, { model: 'm', ...body })
    expect(inputs?.distinct.map(({ text }) => text)).toEqual(texts)
  })

  it.each([
    ['/api/embed', {}],
    ['/api/embed', { input: '' }],
    ['/api/embed', { input: [] }],
    ['/api/embed', { input: null }],
    ['/api/embed', { input: ['a', 5] }],
    ['/api/embed', { input: ['a', null] }],
    ['/api/embed', { prompt: 'a' }],
    ['/api/embeddings', { prompt: '' }],
    ['/api/embeddings', { prompt: ['a'] }],
    ['/api/embeddings', { input: 'a' }],
    ['/v1/embeddings', { input: [] }],
    ['/v1/embeddings', { input: [1, 2, 3] }],
    ['/v1/embeddings', { input: [[1], [2]] }],
    ['/v1/embeddings', { input: 'x', encoding_format: 'hex' }],
    ['/v1/embeddings', { input: 'x', encoding_format: 5 }],
  ] as const)('are not split on %s %j', (route, body) => {
    expect(read(route, { model: 'm', ...body })).toBeUndefined()
  })
})

describe('the request for some of the texts', () => {
  const ask = (route: EmbeddingRoute, body: string, wanted: readonly number[]) => {
    const document = documentAt(route, body)
    const { distinct } = readInputs(document, route)!
    const texts = wanted.map((index) => distinct[index]!)
    return toEmbedRequest(document, route, texts).bytes.toString()
  }

  it('keeps every other byte, and the spelling of the texts', () => {
    const body = ' {"model" : "m","input":[ "a","\\u0062", "c" ],"options":{"seed":1} , "x":[1]} '
    expect(ask('/api/embed', body, [1, 2])).toBe(body.replace(/\[ "a".*?\]/, '["\\u0062","c"]'))
  })

  it.each([
    ['/api/embed', '{"model":"m", "input":"a"}'],
    ['/api/embeddings', '{"prompt":"a" ,"model":"m"}'],
    ['/v1/embeddings', '{"input":"" ,"model":"m","encoding_format":"float"}'],
  ] as const)('of a single text is the request itself: %s %s', (route, body) => {
    expect(ask(route, body, [0])).toBe(body)
  })

  it('asks for numbers where the client wants base64', () => {
    const body = '{"encoding_format":"Base64","model":"m","input":["a","b"]}'
    expect(wantsBase64(documentAt('/v1/embeddings', body))).toBe(true)
    const expected = '{"encoding_format":"float","model":"m","input":["b"]}'
    expect(ask('/v1/embeddings', body, [1])).toBe(expected)
  })

  it('leaves a field of that name alone on a route that does not read it', () => {
    const body = '{"encoding_format":"base64","model":"m","input":["a"]}'
    expect(wantsBase64(documentAt('/api/embed', body))).toBe(false)
    expect(ask('/api/embed', body, [0])).toBe(body)
  })
})

describe('the key of a text', () => {
  const bodies = (route: EmbeddingRoute, body: unknown) => {
    const document = documentAt(route, body)
    const series = toTextSeries(document, PARTS)
    return readInputs(document, route)!.distinct.map(({ text }) => series.toKey(text))
  }

  it('is the same alone, in a batch, in any place, and on both routes of the family', () => {
    const [alone] = bodies('/api/embed', { model: 'm', input: 'b' })
    expect(bodies('/api/embed', { input: ['a', 'b'], model: 'n', keep_alive: '5m' })[1]).toBe(alone)
    expect(bodies('/api/embed', '{"model":"m","input":["\\u0062"],"options":null}')).toEqual([
      alone,
    ])
    const encoded = { model: 'm', input: 'b', encoding_format: 'base64' }
    expect(bodies('/v1/embeddings', encoded)).toEqual([alone])
  })

  it.each([{ dimensions: 8 }, { truncate: false }, { options: { num_ctx: 8 } }, { future: 1 }])(
    'differs with %j',
    (more) => {
      const [plain] = bodies('/api/embed', { model: 'm', input: 'b' })
      expect(bodies('/api/embed', { model: 'm', input: 'b', ...more })).not.toEqual([plain])
    },
  )

  it('does not confuse a text with what stands before it', () => {
    const [one] = bodies('/api/embed', { model: 'm', input: '{"x":1}' })
    const [other] = bodies('/api/embed', { model: 'm', x: 1, input: ' ' })
    expect(one).toBe(toKey({ ...PARTS, body: Buffer.from('{}{"x":1}') }))
    expect(other).toBe(toKey({ ...PARTS, body: Buffer.from('{"x":1} ') }))
    expect(one).not.toBe(other)
  })

  it.each([0, 1, 100, 16_384, 16_385, 100_000])('is made of all of a text of %i bytes', (size) => {
    const text = 'é'.repeat(size / 2) + 'x'.repeat(size % 2)
    const [key] = bodies('/api/embed', { model: 'm', input: [text] })
    expect(key).toBe(toKey({ ...PARTS, body: Buffer.from(`{}${text}`) }))
  })
})
