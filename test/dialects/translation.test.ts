import { describe, expect, it } from 'vitest'
import { toComparable } from './support/comparable.ts'
import { type DialectStage, openDialects } from './support/stage.ts'

const CHAT = '/v1/chat/completions'
const COMPLETIONS = '/v1/completions'
const messages = [{ role: 'user', content: 'Hello' }]
const TOOL = { type: 'function', function: { name: 'get_weather', parameters: {} } }
const SCHEMA = { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } }

const QUESTIONS: readonly (readonly [string, object])[] = [
  [CHAT, { messages }],
  [CHAT, { messages, temperature: 0, max_tokens: 5, seed: 7, stop: 'x', top_p: 0.5 }],
  [CHAT, { messages, frequency_penalty: 1, presence_penalty: 2, stop: ['x', 'y'] }],
  [CHAT, { messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }] }] }],
  [CHAT, { messages, tools: [TOOL] }],
  [CHAT, { messages, response_format: { type: 'json_object' } }],
  [CHAT, { messages, response_format: SCHEMA }],
  [CHAT, { messages, reasoning_effort: 'high' }],
  [CHAT, { messages, reasoning_effort: 'none' }],
  [CHAT, { messages, logprobs: true, top_logprobs: 2 }],
  [CHAT, { messages, n: 2, user: 'x', max_completion_tokens: 3, options: { num_ctx: 9 } }],
  [COMPLETIONS, { prompt: 'Hello' }],
  [COMPLETIONS, { prompt: 'Hello', suffix: 'end', max_tokens: 3, temperature: 0.1 }],
]

const NATIVE: Readonly<Record<string, string>> = {
  [CHAT]: '/api/chat',
  [COMPLETIONS]: '/api/generate',
}

const open = (flags = {}): Promise<DialectStage> =>
  openDialects({ 'dialects.translate': true, ...flags })

describe.each(QUESTIONS)('%s %j, translated', (path, body) => {
  it('is answered as Ollama answers it, streamed and whole, on a miss and on a hit', async () => {
    const usage = { stream: true, stream_options: { include_usage: true } }
    for (const wishes of [
      [{}, { stream: true }, usage],
      [{ stream: true }, usage, {}],
      [usage, {}, { stream: true }],
    ]) {
      const stage = await open()
      const words: (string | undefined)[] = []
      for (const wish of wishes) {
        const answer = await stage.ask(path, { ...body, ...wish })
        const direct = await stage.direct(path, { ...body, ...wish })
        expect(toComparable(answer.body)).toBe(toComparable(direct.body))
        expect(answer.header('content-type')).toBe(direct.header('content-type'))
        words.push(answer.header('x-cache'))
      }
      expect(words).toEqual(['MISS', 'HIT', 'HIT'])
      expect(stage.origin.calls(NATIVE[path])).toHaveLength(1)
    }
  })
})

describe('parameters', () => {
  const injecting = {
    'inject.enabled': true,
    'inject.numThread.value': 3,
    'inject.keepAlive.value': '7m',
    'inject.maxTokens.value': 4,
  }

  it.each([
    [CHAT, { messages }],
    [COMPLETIONS, { prompt: 'Hello' }],
  ])('are put into what %s asks, streamed or not, reusable or not', async (path, body) => {
    const stage = await open(injecting)
    for (const wish of [{}, { temperature: 0.9 }, { temperature: 0.9, stream: true }]) {
      const answer = await stage.ask(path, { ...body, ...wish })
      expect(answer.header('x-reprise-injected')).toMatch(/num_thread=3/)
      const sent = stage.origin.calls(NATIVE[path]).at(-1)?.json
      expect(sent?.options).toMatchObject({ num_thread: 3, num_predict: 4 })
      expect(sent?.keep_alive).toBe('7m')
      const text = answer.body.toString()
      if (wish.stream) expect(text).toMatch(/^data: \{"id":"[\s\S]*data: \[DONE\]\n\n$/)
      else expect(JSON.parse(text)).toMatchObject({ choices: [{ finish_reason: 'length' }] })
      const isVaried = wish.temperature !== undefined
      expect(answer.header('x-cache')).toBe(isVaried ? 'BYPASS' : 'MISS')
    }
    expect(stage.origin.calls(path)).toHaveLength(0)
  })

  it('are not put into what runs somewhere else: it goes as it came', async () => {
    const stage = await open(injecting)
    stage.origin.setModel('far:latest', 'far').remoteHost = 'https://example.com'
    const body = { model: 'far', messages }
    const answer = await stage.ask(CHAT, body)
    expect(answer.header('cache-status')).toBe('reprise; fwd=bypass; detail=remote-model')
    expect(stage.origin.calls(CHAT)[0]?.json).toEqual(body)
    expect(stage.origin.calls('/api/chat')).toHaveLength(0)
  })

  it.each([['no-store'], ['no-cache']])('are put in for a client that says %s', async (word) => {
    const stage = await open(injecting)
    for (const stream of [false, true]) {
      const body = { messages, stream }
      const answer = await stage.ask(CHAT, body, [['Cache-Control', word]])
      const sent = stage.origin.calls('/api/chat').at(-1)?.json
      expect(sent?.options).toMatchObject({ num_thread: 3 })
      expect(answer.body.toString()).toContain('"finish_reason":"length"')
    }
  })
})

describe('errors', () => {
  it.each([
    [CHAT, { model: 'nosuch', messages }],
    [COMPLETIONS, { model: 'nosuch', prompt: 'x' }],
    ['/v1/embeddings', { model: 'nosuch', input: 'x' }],
    ['/v1/embeddings', { input: [1, 2] }],
    [CHAT, { messages: [] }],
    [CHAT, { messages, response_format: 5 }],
    [CHAT, {}],
  ])('of %s %j are told in OpenAI’s shape', async (path, body) => {
    const stage = await open()
    for (const stream of [false, true]) {
      const answer = await stage.ask(path, { ...body, stream })
      const direct = await stage.direct(path, { ...body, stream })
      expect([answer.status, answer.body.toString()]).toEqual([
        direct.status,
        direct.body.toString(),
      ])
      expect(answer.header('content-type')).toBe(direct.header('content-type'))
    }
  })

  it('in the middle end a stream as Ollama’s own do, and nothing is kept', async () => {
    const stage = await open()
    stage.origin.fail('/api/chat', { kind: 'error-line', after: 3 })
    stage.origin.fail('/api/chat', { kind: 'error-line', after: 3 })
    const answer = await stage.ask(CHAT, { messages, stream: true })
    expect([answer.status, answer.end]).toEqual([200, 'proved'])
    expect(answer.body.toString()).toMatch(/"model":""/)
    expect(answer.body.toString()).not.toContain('[DONE]')
    const whole = await stage.ask(CHAT, { messages })
    expect(whole.status).toBe(500)
    expect(JSON.parse(whole.body.toString())).toHaveProperty('error.message')
    expect((await stage.ask(CHAT, { messages })).header('x-cache')).toBe('MISS')
  })

  it('of the transport stay cuts, or become a 502 in OpenAI’s shape', async () => {
    const stage = await open()
    stage.origin.fail('/api/chat', { kind: 'close-after', frames: 3 })
    expect((await stage.ask(CHAT, { messages, stream: true })).end).toBe('cut')
    stage.origin.fail('/api/chat', { kind: 'close-after', frames: 3 })
    const whole = await stage.ask(CHAT, { messages })
    expect(whole.status).toBe(502)
    expect(JSON.parse(whole.body.toString())).toHaveProperty('error.type', 'api_error')
  })
})
