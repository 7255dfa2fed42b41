import { describe, expect, it } from 'vitest'
import { toChatCompletion, toCompletion, toOpenAiError } from '../../src/ollama/openai-answers.ts'
import { createChatChunks, createCompletionChunks } from '../../src/ollama/openai-chunks.ts'
import { GOLDEN, type Golden } from './openai-golden.ts'
import { EVENT_ANSWERS, EVENT_STREAMS, type RecordedEvents, toEvents } from './recorded-events.ts'

const CHAT = '/v1/chat/completions'

const ANSWERS = GOLDEN.filter(({ frames, status }) => frames !== undefined && status === 200)
const isStream = ({ contentType }: Golden) => contentType === 'text/event-stream'

const values = { id: 'x', model: 'tiny', createdSeconds: 7, form: 'newer' } as const

/** What no two answers have in common. */
const comparable = (text: string) =>
  text.replace(/"id":"(chatcmpl|cmpl)-\d+"/g, '"id":"x"').replace(/"created":-?\d+/g, '"created":7')

/** Some were recorded of another model than the request names. */
const valuesOf = ({ frames = [], form }: Golden) => ({
  ...values,
  form,
  model: /"model":"([^"]*)"/.exec(frames.join(''))?.[1] ?? '',
})

const write = (golden: Golden) => {
  const { path, body, frames = [] } = golden
  const usage = body.includes('include_usage') ? 'shown' : 'hidden'
  const create = path === CHAT ? createChatChunks : createCompletionChunks
  return frames.map((frame) => Buffer.from(frame)).map(create(valuesOf(golden), usage))
}

describe('a native answer on an OpenAI route', () => {
  it('is tried in every form', () => {
    expect(ANSWERS.filter(isStream).length).toBeGreaterThan(30)
    expect(ANSWERS.length - ANSWERS.filter(isStream).length).toBeGreaterThan(10)
  })

  it.each(ANSWERS.filter(isStream))('is streamed as Ollama streams it: $form $name', (golden) => {
    expect(Buffer.concat(write(golden)).toString()).toBe(comparable(golden.answer ?? ''))
  })

  it.each(ANSWERS.filter((golden) => !isStream(golden)))('is whole: $form $name', (golden) => {
    const whole = golden.path === CHAT ? toChatCompletion : toCompletion
    const body = Buffer.from((golden.frames ?? []).join(''))
    expect(whole(body, valuesOf(golden)).toString()).toBe(comparable(golden.answer ?? ''))
  })

  it.each(GOLDEN.filter(({ status = 200 }) => status !== 200))(
    'is an error: $form $name',
    (golden) => {
      const body = Buffer.from((golden.frames ?? []).join(''))
      expect(golden.contentType).toBe('application/json')
      expect(toOpenAiError(golden.path, golden.status ?? 0, body).toString()).toBe(golden.answer)
    },
  )
})

/** The native frames that a recorded stream was made of, as far as the stream tells. */
function toNative(events: readonly Buffer[]): string[] {
  return events.flatMap((event) => {
    const data = event.toString().slice('data: '.length)
    if (data.startsWith('[DONE]')) return []
    const [choice] = (JSON.parse(data) as { choices: Choice[] }).choices
    if (choice === undefined) return []
    const { delta, text, finish_reason: reason, logprobs } = choice
    const end = reason === null ? {} : { done: true, done_reason: toDone(reason) }
    const calls = toCalls(delta?.tool_calls)
    const message = { role: 'assistant', content: delta?.content ?? '', tool_calls: calls }
    const parts = { model: 'm', message, response: text, logprobs: logprobs?.content, ...end }
    return [`${toGo(JSON.stringify(parts))}\n`]
  })
}

interface Call {
  readonly id: string
  readonly function: { readonly name: string; readonly arguments: string }
}

interface Choice {
  readonly delta?: { readonly content?: string; readonly tool_calls?: Call[] }
  readonly text?: string
  readonly finish_reason: string | null
  readonly logprobs?: { readonly content: unknown[] }
}

const toDone = (reason: string) => (reason === 'tool_calls' ? 'stop' : reason)
const toGo = (json: string) =>
  json.replace(/[<>&\u2028]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
const toCalls = (calls: Call[] | undefined) =>
  calls?.map(({ id, function: { name, arguments: text } }) => ({
    id,
    function: { index: 0, name, arguments: JSON.parse(text) as object },
  }))

/** The role stands in every chunk. */
const isOlder = ({ exchange }: RecordedEvents) => {
  const { body } = exchange.response
  return body.indexOf('"role"') !== body.lastIndexOf('"role"')
}

describe('a recorded stream', () => {
  const streams = EVENT_STREAMS.filter(({ route }) => /completions$/.test(route)).map((stream) => ({
    ...stream,
    form: isOlder(stream) ? ('older' as const) : ('newer' as const),
  }))

  it('is there for both routes', () => {
    expect(new Set(streams.map(({ route }) => route)).size).toBe(2)
    expect(EVENT_ANSWERS.length).toBeGreaterThan(streams.length)
  })

  it.each(streams)('$version $name is written again, but for its usage', (recorded) => {
    const { route, exchange, form } = recorded
    const events = toEvents(exchange.response.body).filter((event) => !event.includes('"usage"'))
    const model = /"model":"([^"]*)"/.exec(events.join(''))?.[1] ?? ''
    const create = route === CHAT ? createChatChunks : createCompletionChunks
    const frames = toNative(events).map((frame) => Buffer.from(frame))
    const written = frames.map(create({ ...values, model, form }, 'hidden'))
    expect(Buffer.concat(written).toString()).toBe(comparable(events.join('')))
  })
})
