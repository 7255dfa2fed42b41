import { Ollama } from 'ollama'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { EMBED, type EmbeddingStage, OPENAI, openEmbeddings } from '../embeddings/support/stage.ts'
import { cutVectors, writeVector } from '../embeddings/support/written-vectors.ts'
import { postJson } from '../support/raw-client.ts'

const open = (flags = {}): Promise<EmbeddingStage> =>
  openEmbeddings({ 'dialects.translate': true, ...flags })

const direct = async (stage: EmbeddingStage, body: object): Promise<string> =>
  (await postJson(stage.origin.port, OPENAI, { model: 'minilm', ...body })).body.toString()

describe('embeddings of /v1, translated', () => {
  it.each([
    { input: 'one' },
    { input: '' },
    { input: ['one', 'two'], user: 'x' },
    { input: 'one', encoding_format: 'base64' },
  ])('%j: are answered as Ollama answers them', async (body) => {
    const stage = await open()
    const answer = await stage.post(OPENAI, body).answer
    expect(answer.body.toString()).toBe(await direct(stage, body))
    expect(answer.header('content-type')).toBe('application/json')
    expect((await stage.post(OPENAI, body).answer).header('x-cache')).toBe('HIT')
  })

  it('share their texts with native ones, in both directions and in flight', async () => {
    const stage = await open()
    await stage.ask(['a', 'b'])
    const hit = await stage.post(OPENAI, { input: ['b', 'a'] }).answer
    expect(hit.header('x-cache')).toBe('HIT')
    await stage.post(OPENAI, { input: ['c'], encoding_format: 'base64' }).answer
    const native = await stage.ask(['c', 'a'])
    expect(native.header('x-cache')).toBe('HIT')
    expect(cutVectors(native.body)).toEqual(['c', 'a'].map((text) => writeVector(text)))
    const barrier = stage.origin.hold(EMBED, 'headers')
    const first = stage.post(OPENAI, { input: ['d', 'e'] })
    await barrier.arrived
    const second = stage.embed(['e'])
    await stage.store.lookups(10)
    barrier.release()
    expect((await second.answer).header('cache-status')).toBe('reprise; fwd=miss; collapsed')
    expect((await first.answer).status).toBe(200)
    expect(stage.asked()).toEqual([['a', 'b'], ['c'], ['d', 'e']])
  })

  it('are given the parameters, whether they may be kept or not', async () => {
    const stage = await open({ 'inject.enabled': true, 'inject.numThread.value': 3 })
    for (const headers of [[], [['Cache-Control', 'no-store']] as const]) {
      for (const body of [{ input: ['x', 'y'] }, { input: 'z', encoding_format: 'base64' }]) {
        const answer = await stage.post(OPENAI, body, headers).answer
        expect(answer.body.toString()).toBe(await direct(stage, body))
      }
    }
    for (const { json } of stage.origin.calls(EMBED)) {
      expect(json?.options).toEqual({ num_thread: 3 })
    }
    expect(stage.origin.calls(EMBED).length).toBeGreaterThan(2)
  })

  it.each([{ input: [1, 2] }, { input: [] }, { model: 'nosuch', input: 'x' }, { input: 'bad' }])(
    '%j: are refused in OpenAI’s shape',
    async (body) => {
      const stage = await open()
      for (const headers of [[], [['Cache-Control', 'no-store']] as const]) {
        const answer = await stage.post(OPENAI, body, headers).answer
        expect(answer.status).toBeGreaterThanOrEqual(400)
        expect(answer.body.toString()).toBe(await direct(stage, body))
      }
    },
  )

  it('go again as a whole where the answer does not fit, and are told in OpenAI’s shape', async () => {
    const stage = await open()
    stage.origin.fail(EMBED, { kind: 'empty-body' })
    const answer = await stage.post(OPENAI, { input: ['a', 'b'] }).answer
    expect(answer.body.toString()).toBe(await direct(stage, { input: ['a', 'b'] }))
    stage.origin.fail(EMBED, { kind: 'empty-body' }, { kind: 'empty-body' })
    const odd = await stage.post(OPENAI, { input: ['c', 'd'] }).answer
    expect(odd.status).toBe(500)
    expect(JSON.parse(odd.body.toString())).toHaveProperty('error.type', 'api_error')
  })
})

describe('the packages ollama and openai', () => {
  it('get the same numbers, each text asked for once', async () => {
    const stage = await open()
    const ollama = new Ollama({ host: stage.reprise.url })
    const openai = new OpenAI({ baseURL: `${stage.reprise.url}/v1`, apiKey: 'x', maxRetries: 0 })
    const input = ['a', 'b', 'a']
    const native = (await ollama.embed({ model: 'minilm', input })).embeddings
    // The package asks for base64 by itself.
    const { data } = await openai.embeddings.create({ model: 'minilm', input })
    expect(data.map(({ embedding }) => embedding)).toEqual(
      native.map((vector) => [...Float32Array.from(vector)]),
    )
    expect(stage.asked()).toEqual([['a', 'b']])
    await expect(openai.embeddings.create({ model: 'nosuch', input })).rejects.toThrow('not found')
  })
})
