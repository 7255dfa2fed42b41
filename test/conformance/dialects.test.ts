import { expect, it } from 'vitest'
import { judgeAll } from '../../src/ollama/completeness.ts'
import { type Document, readDocument, replaceStream } from '../../src/ollama/document.ts'
import { findEndpoint } from '../../src/ollama/endpoints.ts'
import { type EventRoute, readEvent } from '../../src/ollama/event.ts'
import { createEventJudge } from '../../src/ollama/event-completeness.ts'
import { foldEvents } from '../../src/ollama/event-fold.ts'
import { createEventSplitter } from '../../src/ollama/event-frames.ts'
import { hideUsage } from '../../src/ollama/event-usage.ts'
import { createNdjsonSplitter } from '../../src/ollama/frames.ts'
import { toChatCompletion, toCompletion, toOpenAiError } from '../../src/ollama/openai-answers.ts'
import { createChatChunks, createCompletionChunks } from '../../src/ollama/openai-chunks.ts'
import { translateRequest } from '../../src/ollama/openai-requests.ts'
import { toStreamedRequest } from '../../src/ollama/streamed-request.ts'
import { foldFrames } from '../ollama/recorded-frames.ts'
import { postJson } from '../support/raw-client.ts'
import { WEATHER } from './cases.ts'
import { neutraliseDialect as comparable } from './compare.ts'
import { askDirectly, describeOllama, ollamaPort } from './ollama.ts'
import { type Body, CHAT, COMPLETIONS, greedy, OPENAI, user } from './openai-cases.ts'

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
      expect(judgeAll(createEventJudge(route), frames)).toBe('complete')
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
