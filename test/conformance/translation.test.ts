import { afterAll, beforeAll, expect, it } from 'vitest'
import { postJson } from '../support/raw-client.ts'
import type { TestServer } from '../support/reprise.ts'
import { neutraliseDialect } from './compare.ts'
import { askDirectly, describeOllama, NUM_THREAD, startInFront } from './ollama.ts'
import { type Body, CHAT, COMPLETIONS, greedy, OPENAI, user } from './openai-cases.ts'

const translated = { 'dialects.translate': true }

/** The wishes that one entry serves, the first of them on a miss. */
const ORDERS: readonly (readonly Body[])[] = [
  [{}, { stream: true }, { stream: true, stream_options: { include_usage: true } }],
  [{ stream: true }, {}, { stream: true, stream_options: { include_usage: true } }],
]

const REFUSED: readonly (readonly [string, Body])[] = [
  [CHAT, { model: 'nosuch', messages: user('x') }],
  [CHAT, { messages: user('x'), max_tokens: 3, top_logprobs: 21 }],
  [CHAT, { messages: [] }],
  [CHAT, { messages: user('x'), reasoning_effort: 'huge' }],
  [CHAT, { messages: user('x'), reasoning_effort: 'high' }],
  [CHAT, { messages: user(5) }],
  [COMPLETIONS, { model: 'nosuch', prompt: 'x' }],
  [COMPLETIONS, { prompt: ['x'] }],
  [COMPLETIONS, { prompt: 'x', suffix: 'y', max_tokens: 3 }],
  ['/v1/embeddings', { model: 'nosuch', input: 'x' }],
  ['/v1/embeddings', { input: 'x' }],
  ['/v1/embeddings', { input: [] }],
  ['/v1/embeddings', { input: [1, 2] }],
  ['/v1/embeddings', { input: 'x', encoding_format: 'hex' }],
]

describeOllama('through Reprise, which translates it,', () => {
  let reprise: TestServer

  beforeAll(async () => {
    reprise = await startInFront(translated)
  })

  afterAll(() => reprise.close())

  const ask = (path: string, body: Body) => postJson(reprise.port, path, { model: 'tiny', ...body })
  const askOllama = (path: string, body: Body) => askDirectly(path, { model: 'tiny', ...body })

  it.each(OPENAI)('%s of %s is answered as without it', async (_name, path, body) => {
    for (const [index, wishes] of ORDERS.entries()) {
      // Ollama reads it over; to Reprise it is another question.
      const own = { ...body, seed: Number(body.seed ?? 11) + index }
      const words: (string | undefined)[] = []
      for (const wish of wishes) {
        await askOllama(path, { ...own, ...wish })
        const direct = await askOllama(path, { ...own, ...wish })
        const answer = await ask(path, { ...own, ...wish })
        expect(neutraliseDialect(answer.body)).toBe(neutraliseDialect(direct.body))
        expect(answer.header('content-type')).toBe(direct.header('content-type'))
        words.push(answer.header('x-cache'))
      }
      expect(words).toEqual(['MISS', 'HIT', 'HIT'])
    }
  })

  it.each(REFUSED)('%s %j is refused as without it', async (path, body) => {
    for (const stream of [false, true]) {
      const direct = await askOllama(path, { ...body, stream })
      const answer = await ask(path, { ...body, stream })
      expect(direct.status).toBeGreaterThanOrEqual(400)
      expect([answer.status, answer.body.toString()]).toEqual([
        direct.status,
        direct.body.toString(),
      ])
      expect(answer.header('content-type')).toBe(direct.header('content-type'))
    }
  })

  it.each([
    [CHAT, { messages: user('Hello'), ...greedy, _debug_render_only: true }],
    [COMPLETIONS, { prompt: '', max_tokens: 3 }],
    [COMPLETIONS, { prompt: '', max_tokens: 3, stream: true }],
  ])('%s %j is what it is without it', async (path, body) => {
    const direct = await askOllama(path, body)
    const answer = await ask(path, body)
    expect(answer.header('x-cache')).toBe('BYPASS')
    expect(neutraliseDialect(answer.body)).toBe(neutraliseDialect(direct.body))
    expect(answer.header('content-type')).toBe(direct.header('content-type'))
  })

  it('asks for variety are run each time, in its own words', async () => {
    for (const stream of [false, true]) {
      const body = { messages: user('Hello'), max_tokens: 8, temperature: 1.2, stream }
      const answer = await ask(CHAT, body)
      expect(answer.header('cache-status')).toBe('reprise; fwd=bypass; detail=temperature')
      expect(answer.body.toString()).toContain(stream ? 'data: [DONE]' : '"chat.completion"')
    }
  })
})

describeOllama('a model that clients of both dialects use', () => {
  it('is not loaded anew at each turn', async () => {
    const reprise = await startInFront({
      ...translated,
      'inject.enabled': true,
      'inject.numThread.value': NUM_THREAD,
    })
    const options = { temperature: 0, num_predict: 4 }
    for (const turn of [1, 2, 3, 4]) {
      const content = `turn ${turn} ${process.pid}`
      const native = { model: 'tiny', messages: user(content), options, stream: false }
      const answer = await postJson(reprise.port, '/api/chat', native)
      expect(answer.header('x-reprise-injected')).toContain(`num_thread=${NUM_THREAD}`)
      const compatible = { messages: user(`${content} again`), temperature: 0, max_tokens: 4 }
      const other = await postJson(reprise.port, CHAT, { model: 'tiny', ...compatible })
      expect(other.header('x-reprise-injected')).toContain(`num_thread=${NUM_THREAD}`)
    }
    expect(await reprise.metric('reprise_reload_switches_total{model="tiny:latest"}')).toBe(0)
    await reprise.close()
  })
})
