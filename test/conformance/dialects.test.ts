import { expect, it } from 'vitest'
import { type Document, readDocument, replaceStream } from '../../src/ollama/document.ts'
import { findEndpoint } from '../../src/ollama/endpoints.ts'
import { type EventRoute, readEvent } from '../../src/ollama/event.ts'
import { judgeEvents } from '../../src/ollama/event-completeness.ts'
import { foldEvents } from '../../src/ollama/event-fold.ts'
import { createEventSplitter } from '../../src/ollama/event-frames.ts'
import { hideUsage } from '../../src/ollama/event-usage.ts'
import { foldFrames } from '../../src/ollama/fold.ts'
import { createNdjsonSplitter } from '../../src/ollama/frames.ts'
import { toChatCompletion, toCompletion, toOpenAiError } from '../../src/ollama/openai-answers.ts'
import { createChatChunks, createCompletionChunks } from '../../src/ollama/openai-chunks.ts'
import { translateRequest } from '../../src/ollama/openai-requests.ts'
import { toStreamedRequest } from '../../src/ollama/streamed-request.ts'
import { postJson } from '../support/raw-client.ts'
import { WEATHER } from './cases.ts'
import { neutralise } from './compare.ts'
import { askDirectly, describeOllama, ollamaPort } from './ollama.ts'

type Body = Record<string, unknown>

const CHAT = '/v1/chat/completions'
const COMPLETIONS = '/v1/completions'
const greedy = { temperature: 0, max_tokens: 24 }
const user = (content: unknown) => [{ role: 'user', content }]

const SCHEMA = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }
const call = { id: 'call_1', function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } }

/** Requests of the routes that are translated, each answered alike each time. */
const OPENAI: readonly (readonly [string, string, Body])[] = [
  ['plain', CHAT, { messages: user('Hello there'), ...greedy }],
  ['seeded', CHAT, { messages: user('Hello'), max_tokens: 20, seed: 7 }],
  ['sampled', CHAT, { messages: user('x'), max_tokens: 20, seed: 3, temperature: 1.5, top_p: 0.7 }],
  [
    'penalties',
    CHAT,
    { messages: user('x'), ...greedy, frequency_penalty: 2, presence_penalty: 1 },
  ],
  ['stop', CHAT, { messages: user('Hello'), ...greedy, stop: ['the'] }],
  ['json', CHAT, { messages: user('x'), ...greedy, response_format: { type: 'json_object' } }],
  [
    'schema',
    CHAT,
    {
      messages: user('x'),
      ...greedy,
      response_format: { type: 'json_schema', json_schema: { schema: SCHEMA } },
    },
  ],
  [
    'parts',
    CHAT,
    {
      messages: user([
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ]),
      ...greedy,
    },
  ],
  ['logprobs', CHAT, { messages: user('x'), ...greedy, logprobs: true, top_logprobs: 2 }],
  ['tools', CHAT, { model: 'tiny-tools', messages: user('Weather?'), tools: [WEATHER], ...greedy }],
  [
    'history',
    CHAT,
    {
      model: 'tiny-tools',
      messages: [
        ...user('Weather?'),
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', content: 'rain', tool_call_id: 'call_1' },
      ],
      tools: [WEATHER],
      ...greedy,
    },
  ],
  ['thinking', CHAT, { model: 'tiny-think', messages: user('Hello'), ...greedy, max_tokens: 60 }],
  [
    'no thinking',
    CHAT,
    { model: 'tiny-think', messages: user('x'), ...greedy, reasoning_effort: 'none' },
  ],
  [
    'effort',
    CHAT,
    { model: 'tiny-think', messages: user('x'), ...greedy, reasoning_effort: 'minimal' },
  ],
  ['completion', COMPLETIONS, { prompt: 'Hello', ...greedy }],
  ['seeded completion', COMPLETIONS, { prompt: 'Hello', max_tokens: 20, seed: 7 }],
  ['suffix', COMPLETIONS, { model: 'tiny-fim', prompt: 'def a', suffix: 'end', ...greedy }],
]

/** Requests of the routes that are not. */
const OTHERS: readonly (readonly [string, string, Body])[] = [
  ['text', '/v1/responses', { input: 'Hello', temperature: 0, max_output_tokens: 12 }],
  [
    'reasoning',
    '/v1/responses',
    {
      model: 'tiny-think',
      input: 'x',
      reasoning: { effort: 'high' },
      temperature: 0,
      max_output_tokens: 60,
    },
  ],
  [
    'tools',
    '/v1/responses',
    {
      model: 'tiny-tools',
      input: 'Weather?',
      instructions: 'Be <brief>',
      tools: [{ type: 'function', strict: true, ...WEATHER.function }],
      text: { format: { type: 'text' } },
      temperature: 0,
      max_output_tokens: 24,
    },
  ],
  ['text', '/v1/messages', { messages: user('Hello'), ...greedy, system: 'Be brief' }],
  [
    'thinking',
    '/v1/messages',
    { model: 'tiny-think', messages: user('x'), ...greedy, max_tokens: 60 },
  ],
  [
    'tools',
    '/v1/messages',
    {
      model: 'tiny-tools',
      messages: user('Weather?'),
      tools: [{ name: 'get_weather', input_schema: WEATHER.function.parameters }],
      ...greedy,
    },
  ],
]

const read = (path: string, body: Body): Document =>
  readDocument(
    Buffer.from(JSON.stringify({ model: 'tiny', ...body })),
    findEndpoint('POST', path)!,
  )!

const ask = (path: string, bytes: Buffer) => askDirectly(path, JSON.parse(bytes.toString()) as Body)

/** What no two runs have in common, on any of the routes. */
const comparable = (body: Buffer): string =>
  neutralise(body)
    .replace(/"(created_at|completed_at)":\d+/g, '"$1":0')
    .replace(/"(id|item_id|call_id)":"(chatcmpl-|cmpl-|resp_|msg_|rs_|fc_|call_)\w+"/g, '"$1":"$2"')

const splitEvents = (body: Buffer) => createEventSplitter().push(body)

describeOllama('a stream that was asked for with its usage', () => {
  it.each([...OPENAI, ...OTHERS])(
    '%s of %s is the whole answer, and the stream of others',
    async (_name, path, body) => {
      const route = path as EventRoute
      const request = read(path, body)
      await ask(path, request.bytes)
      const whole = await ask(path, request.bytes)
      const frames = splitEvents((await ask(path, toStreamedRequest(request).bytes)).body)
      const plain = await askDirectly(path, { model: 'tiny', ...body, stream: true })
      expect(judgeEvents(route, frames)).toBe('complete')
      expect(frames.every((frame) => readEvent(frame) !== undefined)).toBe(true)
      const folded = foldEvents(route, frames, request)
      expect(comparable(folded.body)).toBe(comparable(whole.body))
      expect(whole.header('content-type')).toBe(folded.contentType)
      const seen = frames.flatMap((frame) => hideUsage(route, frame) ?? [])
      expect(comparable(Buffer.concat(seen))).toBe(comparable(plain.body))
    },
  )
})

describeOllama('a translated request', () => {
  const values = { id: 'chatcmpl-1', model: 'tiny', createdSeconds: 0, form: 'newer' } as const
  const nativeOf = (path: string, body: Body) => translateRequest(path, read(path, body), 'newer')!

  it.each(OPENAI)('%s has the same prompt rendered', async (_name, path, body) => {
    const debug = { ...body, _debug_render_only: true }
    const native = nativeOf(path, debug)
    const { body: answer } = await ask(native.path, native.body)
    const rendered = JSON.parse(answer.toString()) as { _debug_info: unknown }
    expect(rendered._debug_info).toHaveProperty('rendered_template')
    if (path !== CHAT) return
    const direct = await ask(path, read(path, debug).bytes)
    expect(rendered._debug_info).toEqual(
      (JSON.parse(direct.body.toString()) as typeof rendered)._debug_info,
    )
  })

  it.each(OPENAI)('%s is answered alike, streamed and whole', async (_name, path, body) => {
    const model = { ...values, model: (body.model as string | undefined) ?? 'tiny' }
    const native = nativeOf(path, body)
    const streamed = replaceStream(readDocument(native.body, findEndpoint('POST', native.path)!)!)
    await ask(path, read(path, body).bytes)
    const whole = await ask(path, read(path, body).bytes)
    const stream = await askDirectly(path, {
      model: 'tiny',
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    })
    const frames = createNdjsonSplitter().push((await ask(native.path, streamed.bytes)).body)
    const create = path === CHAT ? createChatChunks : createCompletionChunks
    const events = Buffer.concat(frames.map(create(model, 'shown')))
    expect(comparable(events).replaceAll('chatcmpl-', 'cmpl-')).toBe(
      comparable(stream.body).replaceAll('chatcmpl-', 'cmpl-'),
    )
    const isNative = native.path === '/api/chat' ? '/api/chat' : '/api/generate'
    const tools = body.tools === undefined ? 'no-tools' : 'tools'
    const folded = foldFrames(isNative, frames, tools).body
    const made = path === CHAT ? toChatCompletion(folded, model) : toCompletion(folded, model)
    expect(comparable(made).replaceAll('chatcmpl-', 'cmpl-')).toBe(
      comparable(whole.body).replaceAll('chatcmpl-', 'cmpl-'),
    )
  })

  it.each([
    [CHAT, { model: 'nosuch', messages: user('x') }],
    [CHAT, { model: 'tiny', messages: user('x'), top_logprobs: 21 }],
    [COMPLETIONS, { model: 'nosuch', prompt: 'x' }],
    ['/v1/embeddings', { model: 'nosuch', input: 'x' }],
  ])('of %s %j is refused alike', async (path, body) => {
    const direct = await askDirectly(path, body)
    const native = nativeOf(path, body)
    const refused = await postJson(
      ollamaPort,
      native.path,
      JSON.parse(native.body.toString()) as Body,
    )
    expect(refused.status).toBe(direct.status)
    const told = toOpenAiError(path, refused.status, refused.body)
    expect(told.toString()).toBe(direct.body.toString())
  })
})
