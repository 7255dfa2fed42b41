import { describe, expect, it } from 'vitest'
import { assembleVectors, EMBEDDING_TYPES } from '../../src/ollama/embedding-answer.ts'
import type { EmbeddingRoute } from '../../src/ollama/embedding-inputs.ts'
import { toBase64 } from '../../src/ollama/number-list.ts'
import { sliceVectors } from '../../src/ollama/vectors.ts'
import { type Exchange, loadClients, loadCorpus, VERSIONS } from '../support/corpus.ts'

const routeOf = ({ request }: Exchange) => request.line.split(' ')[1] as EmbeddingRoute

const RECORDED = [...VERSIONS.flatMap(loadCorpus), ...loadClients().flatMap((c) => c.exchanges)]
  .filter(({ request }) => / \/(api\/embed|api\/embeddings|v1\/embeddings) /.test(request.line))
  .filter(({ response }) => response.line.includes(' 200 '))

const isEmpty = ({ response }: Exchange) => response.body.toString().endsWith(':[]}')
const asksBase64 = ({ request }: Exchange) => request.body.includes('base64')

const FLOATS = RECORDED.filter((each) => !isEmpty(each) && !asksBase64(each))

const assemble = (exchange: Exchange, encoding: 'float' | 'base64' = 'float') => {
  const { vectors, ...facts } = sliceVectors(exchange.response.body, routeOf(exchange))!
  const model = (JSON.parse(exchange.request.body.toString()) as { model: string }).model
  return assembleVectors(routeOf(exchange), vectors, { ...facts, model, encoding })
}

describe('a recorded answer', () => {
  it('is there for every route', () => {
    const routes = FLOATS.map(routeOf)
    expect(new Set(routes)).toEqual(new Set(Object.keys(EMBEDDING_TYPES)))
    expect(FLOATS.length).toBeGreaterThan(35)
  })

  it.each(FLOATS)('$version $name is put together again byte for byte', (exchange) => {
    expect(assemble(exchange).equals(exchange.response.body)).toBe(true)
    const type = exchange.response.headers.find(([name]) => name === 'Content-Type')?.[1]
    expect(EMBEDDING_TYPES[routeOf(exchange)]).toBe(type)
  })

  it.each(RECORDED.filter(isEmpty))('$name holds no vectors to keep', (exchange) => {
    const isOld = routeOf(exchange) === '/api/embeddings'
    const sliced = sliceVectors(exchange.response.body, routeOf(exchange))
    expect(sliced?.vectors).toEqual(isOld ? undefined : [])
  })

  it('in base64 is the float32 numbers of the one in text', () => {
    const clients = loadClients().filter(({ client }) => client === 'py-openai')
    const find = (action: string) => clients.find((each) => each.action === action)!.exchanges
    const float = find('embeddings-float').find((each) => each.request.body.length > 0)!
    const encoded = find('embeddings').find((each) => each.request.body.length > 0)!
    expect(assemble(float, 'base64').toString()).toBe(encoded.response.body.toString())
    expect(sliceVectors(encoded.response.body, '/v1/embeddings')).toBeUndefined()
  })
})

describe('numbers', () => {
  const list = '[-0,0,1e-7,-8.5541804e-33,3.4028235e+38,0.1,1E2,123456789]'

  it('stay as they were spelled, minus zero and exponents included', () => {
    const sliced = sliceVectors(Buffer.from(`{"embedding":${list}}`), '/api/embeddings')
    expect(sliced).toMatchObject({ dimensions: 8, tokens: undefined })
    expect(String(sliced?.vectors[0])).toBe(list)
  })

  it('become float32, little-endian', () => {
    const bytes = Buffer.from(toBase64(Buffer.from(list)), 'base64')
    const read = list
      .slice(1, -1)
      .split(',')
      .map((_, index) => bytes.readFloatLE(index * 4))
    const expected = (JSON.parse(list) as number[]).map(Math.fround)
    expect(read.every((value, index) => Object.is(value, expected[index]))).toBe(true)
  })
})

describe('an answer is refused', () => {
  it.each([
    ['/api/embed', '{"embeddings":[[1,2],[3]]}'],
    ['/api/embed', '{"embeddings":[[1,2],[]]}'],
    ['/api/embed', '{"embeddings":[[1,null]]}'],
    ['/api/embed', '{"embeddings":[[1,NaN]]}'],
    ['/api/embed', '{"embeddings":[[1,1e39]]}'],
    ['/api/embed', `{"embeddings":[[1,1${'0'.repeat(39)}]]}`],
    ['/api/embed', '{"embeddings":[[1,01]]}'],
    ['/api/embed', '{"embeddings":[[1,2.]]}'],
    ['/api/embed', '{"embeddings":[[1,]]}'],
    ['/api/embed', '{"embeddings":[[1,2]'],
    ['/api/embed', '{"embeddings":[[1,2]]'],
    ['/api/embed', '{"embeddings":[[1,"2]]}'],
    ['/api/embed', '{"embeddings":[[1,2]],"other":[3,4]}'],
    ['/api/embed', '{"embeddings":[1,2]}'],
    ['/api/embed', '{"error":"x","embeddings":[[1,2]]}'],
    ['/api/embed', '{"embedding":[1,2]}'],
    ['/api/embeddings', '{"embedding":[]}'],
    ['/api/embeddings', '{"embeddings":[[1]]}'],
    ['/v1/embeddings', '{"data":[{"embedding":[1],"index":1}]}'],
    ['/v1/embeddings', '{"data":[{"embedding":[1],"index":0},{"embedding":[1],"index":0}]}'],
    ['/v1/embeddings', '{"data":[{"embedding":"AACAPw==","index":0}]}'],
  ] as const)('%s %s', (route, text) => {
    expect(sliceVectors(Buffer.from(text), route)).toBeUndefined()
  })

  it('but not for brackets in a name', () => {
    const answer = '{"model":"a[1,2]\\"[3]","embeddings":[[1,2]],"prompt_eval_count":4}'
    const sliced = sliceVectors(Buffer.from(answer), '/api/embed')
    expect(sliced).toMatchObject({ dimensions: 2, tokens: 4 })
    expect(String(sliced?.vectors)).toBe('[1,2]')
  })
})

describe('a count that is not known', () => {
  const facts = {
    model: 'a<b',
    tokens: undefined,
    totalDuration: 0,
    loadDuration: 0,
    encoding: 'float',
  } as const

  it('is left out, never made up', () => {
    const vectors = [Buffer.from('[1]'), Buffer.from('[2]')]
    expect(String(assembleVectors('/api/embed', vectors, facts))).toBe(
      '{"model":"a\\u003cb","embeddings":[[1],[2]]}',
    )
    expect(String(assembleVectors('/v1/embeddings', vectors, facts))).toBe(
      '{"object":"list","data":[{"object":"embedding","embedding":[1],"index":0},' +
        '{"object":"embedding","embedding":[2],"index":1}],"model":"a\\u003cb"}\n',
    )
  })
})
