import { describe, expect, it } from 'vitest'
import { exchange } from '../support/raw-client.ts'
import { EMBED, type EmbeddingStage, OPENAI, openEmbeddings } from './support/stage.ts'
import { writeVector } from './support/written-vectors.ts'

const OLD = '/api/embeddings'

const ask = (stage: EmbeddingStage, path: string, body: object) => stage.post(path, body).answer

/** What Ollama itself says, but for durations. */
async function direct(stage: EmbeddingStage, path: string, body: object): Promise<string> {
  const text = JSON.stringify({ model: 'minilm', ...body })
  const answer = await exchange(stage.origin.port, { method: 'POST', path, body: text })
  return withoutDurations(answer.body)
}

const withoutDurations = (body: Buffer): string =>
  body.toString().replace(/"(total|load)_duration":\d+,/g, '')

describe.each([
  [EMBED, { input: 'one' }],
  [EMBED, { input: ['one'] }],
  [OLD, { prompt: 'one' }],
  [OPENAI, { input: 'one' }],
  [OPENAI, { input: '' }],
  [OPENAI, { input: 'one', encoding_format: 'float', user: 'x' }],
  [OPENAI, { input: 'one', encoding_format: 'base64' }],
])('%s %j', (path, body) => {
  it('is answered as by Ollama itself, on a miss and on a hit', async () => {
    const stage = await openEmbeddings()
    const miss = await ask(stage, path, body)
    const hit = await ask(stage, path, body)
    expect([miss, hit].map((answer) => answer.header('x-cache'))).toEqual(['MISS', 'HIT'])
    const expected = await direct(stage, path, body)
    expect(withoutDurations(miss.body)).toBe(expected)
    expect(withoutDurations(hit.body)).toBe(expected)
    expect(hit.header('content-type')).toBe(miss.header('content-type'))
  })
})

describe('base64 and numbers', () => {
  it('are made of one entry in both directions, bit by bit', async () => {
    const stage = await openEmbeddings()
    const base64 = { encoding_format: 'base64' }
    await ask(stage, OPENAI, { input: ['a', 'b'], ...base64 })
    const numbers = await ask(stage, OPENAI, { input: ['b', 'a'] })
    expect(numbers.header('x-cache')).toBe('HIT')
    const cut = numbers.body.toString().match(/"embedding":\[[^\]]*\]/g)
    expect(cut).toEqual(['b', 'a'].map((text) => `"embedding":${writeVector(text)}`))
    const hit = await ask(stage, OPENAI, { input: ['a'], ...base64 })
    const { data } = JSON.parse(hit.body.toString()) as { data: { embedding: string }[] }
    const bytes = Buffer.from(data[0]?.embedding ?? '', 'base64')
    const expected = JSON.parse(writeVector('a') ?? '') as number[]
    expect(bytes).toEqual(Buffer.from(Float32Array.from(expected).buffer))
    expect(stage.asked(OPENAI)).toEqual([['a', 'b']])
  })
})

describe('the three routes', () => {
  it('share nothing while nothing is translated: each reads other fields', async () => {
    const stage = await openEmbeddings()
    const body = { input: 'one', prompt: 'one', truncate: false }
    for (const path of [EMBED, OPENAI, OLD]) {
      expect((await ask(stage, path, body)).header('x-cache')).toBe('MISS')
    }
  })

  it.each([
    [EMBED, { input: '' }],
    [EMBED, { input: [] }],
    [EMBED, {}],
    [EMBED, { input: [1, 2] }],
    [EMBED, { input: ['a', null] }],
    [OLD, { prompt: '' }],
    [OPENAI, { input: [] }],
    [OPENAI, { input: [1, 2, 3] }],
    [OPENAI, { input: 'x', encoding_format: 'hex' }],
  ])('leave %s %j to Ollama', async (path, body) => {
    const stage = await openEmbeddings()
    for (const _ of [1, 2]) {
      const answer = await ask(stage, path, body)
      expect(answer.header('x-cache')).toBe('BYPASS')
      expect(withoutDurations(answer.body)).toBe(await direct(stage, path, body))
    }
  })

  it('say in header, metric and log what became of the request', async () => {
    const stage = await openEmbeddings()
    await ask(stage, EMBED, { input: ['a', 'b'] })
    await ask(stage, EMBED, { input: ['a', 'b'] })
    const line = await stage.reprise.logged({ outcome: 'hit' })
    expect(line).toMatchObject({ route: EMBED, model: 'minilm:latest', status: 200 })
    const labels = `endpoint="${EMBED}",kind="embedding",model="minilm:latest"`
    for (const outcome of ['miss', 'hit']) {
      const series = `reprise_requests_total{${labels},outcome="${outcome}"}`
      expect(await stage.reprise.metric(series)).toBe(1)
    }
    expect(JSON.stringify(stage.reprise.log)).not.toContain('"a"')
  })
})
