import { describe, expect, it } from 'vitest'
import { readDocument } from '../../src/ollama/document.ts'
import { type EventRoute, toEventFrame } from '../../src/ollama/event.ts'
import { foldEvents } from '../../src/ollama/event-fold.ts'
import { hideUsage } from '../../src/ollama/event-usage.ts'
import { documentAt, endpointAt } from './compatible-documents.ts'
import { EVENT_ANSWERS, EVENT_STREAMS, type RecordedEvents, toEvents } from './recorded-events.ts'

type Body = Record<string, unknown>

const bodyOf = ({ exchange }: RecordedEvents) =>
  JSON.parse(exchange.request.body.toString()) as Body

/** The request without what only says how the answer is handed over, its members in one order. */
function toQuestion(answer: RecordedEvents): string {
  const { stream: _, stream_options: __, ...body } = bodyOf(answer)
  const sorted = Object.entries(body).sort(([one], [other]) => (one < other ? -1 : 1))
  return JSON.stringify([answer.version.replace(/^.*-openai$/, 'client'), answer.route, sorted])
}

/** Each stream with each whole answer to the same request. */
const PAIRS = EVENT_STREAMS.flatMap((stream) =>
  EVENT_ANSWERS.filter(
    (whole) => whole.form === 'whole' && toQuestion(whole) === toQuestion(stream),
  ).map((whole) => ({ version: stream.version, stream, whole, pair: whole.name })),
)

/** What two runs of the same request differ in. */
const comparable = (body: Buffer): string =>
  body
    .toString()
    .replace(/"(created|created_at|completed_at)":\d+/g, '"$1":0')
    .replace(/"id":"(chatcmpl-|cmpl-|resp_|msg_|call_)\w+"/g, '"id":"$1"')

/** The frames as if the usage had been asked for; on `/v1/chat/completions` an event of its own tells it. */
function withUsage({ route, exchange }: RecordedEvents, whole: RecordedEvents): Buffer[] {
  const frames = toEvents(exchange.response.body)
  const isOpenAi = route === '/v1/chat/completions' || route === '/v1/completions'
  if (!isOpenAi || exchange.response.body.includes('"usage"')) return frames
  const { usage } = JSON.parse(whole.exchange.response.body.toString()) as Body
  const event = toEventFrame('', JSON.stringify({ choices: [], usage }))
  return [...frames.slice(0, -1), event, ...frames.slice(-1)]
}

const requestOf = ({ route, exchange }: RecordedEvents) =>
  readDocument(exchange.request.body, endpointAt(route))!

describe('a recorded stream and the whole answer to the same request', () => {
  it('are there for every route', () => {
    expect(new Set(PAIRS.map(({ stream }) => stream.route)).size).toBe(4)
    expect(PAIRS.length).toBeGreaterThan(15)
  })

  it.each(PAIRS)('$version $stream.name folds to $pair, byte for byte', ({ stream, whole }) => {
    const folded = foldEvents(stream.route, withUsage(stream, whole), requestOf(stream))
    const { response } = whole.exchange
    const type = response.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1]
    expect([folded.status, folded.contentType]).toEqual([200, type])
    expect(comparable(folded.body)).toBe(comparable(response.body))
  })

  it.each(EVENT_STREAMS)('$version $name folds to an error when it is cut', (stream) => {
    const frames = toEvents(stream.exchange.response.body).slice(0, 1)
    const folded = foldEvents(stream.route, frames, requestOf(stream))
    expect(folded.status).toBe(500)
    expect(JSON.parse(folded.body.toString())).toHaveProperty('error')
  })
})

const event = (name: string, data: unknown) => toEventFrame(name, JSON.stringify(data))
const fold = (route: EventRoute, frames: Buffer[], body: unknown = { model: 'm' }) =>
  JSON.parse(foldEvents(route, frames, documentAt(route, body)).body.toString()) as Body

describe('a whole answer of events', () => {
  it('has thinking, text and calls in the places of a struct of Go', () => {
    const choice = (delta: unknown, reason: string | null = null) =>
      event('', { id: 'chatcmpl-1', choices: [{ index: 0, delta, finish_reason: reason }] })
    const call = (id: string) => ({ id, function: { name: 'f', arguments: '{}' } })
    const frames = [
      choice({ role: 'assistant', reasoning: 'a' }),
      choice({ reasoning: 'b', tool_calls: [call('1')] }),
      choice({ content: 'c', tool_calls: [call('2')] }),
      choice({}, 'tool_calls'),
      event('', { choices: [], usage: { prompt_tokens: 1 } }),
    ]
    const { choices } = fold('/v1/chat/completions', frames) as { choices: Body[] }
    expect(JSON.stringify(choices[0])).toBe(
      `{"index":0,"message":{"role":"assistant","content":"c","reasoning":"ab","tool_calls":${JSON.stringify([call('1'), call('2')])}},"finish_reason":"tool_calls"}`,
    )
  })

  it('has no content at all on /v1/messages when nothing was said', () => {
    const frames = [
      event('message_start', { message: { id: 'msg_1', model: 'm', usage: {} } }),
      event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { input_tokens: 1 } }),
      event('message_stop', { type: 'message_stop' }),
    ]
    expect(fold('/v1/messages', frames)).toMatchObject({ content: null, stop_reason: 'end_turn' })
  })

  it('echoes the tools of the request on /v1/responses, those within a namespace too', () => {
    const tools = [
      { type: 'namespace', name: 'n', tools: [{ name: 'f', parameters: { b: 1, a: -0.5 } }] },
    ]
    const output = [
      { id: 'rs_9', type: 'reasoning', summary: [{ text: 'why' }] },
      { id: 'fc_8_0', type: 'function_call', status: 'completed', call_id: 'c', arguments: '{}' },
      { id: 'msg_7', type: 'message', content: [{ text: 'lost' }] },
    ]
    const response = { id: 'resp_5', status: 'completed', output, tools: [], reasoning: null }
    const frames = [event('response.completed', { response })]
    const whole = fold('/v1/responses', frames, { model: 'm', input: 'x', tools })
    const items = (whole.output as Body[]).map(({ id }) => id)
    expect(items).toEqual(['rs_resp_5', 'fc_resp_5_0'])
    expect(JSON.stringify(whole.tools)).toBe(
      '[{"type":"namespace","name":"n","description":null,"strict":null,"parameters":null,"tools":[{"type":"","name":"f","description":null,"strict":null,"parameters":{"a":-0.5,"b":1}}]}]',
    )
  })
})

describe('the usage', () => {
  it('is hidden as in the recording that did not ask for it (381, 380)', () => {
    const find = (number: string) =>
      EVENT_STREAMS.find((each) => each.version === 'v0.32.15' && each.name.startsWith(number))!
    const [asked, plain] = ['381', '380'].map((number) =>
      toEvents(find(number).exchange.response.body),
    ) as [Buffer[], Buffer[]]
    const seen = asked.flatMap((frame) => hideUsage('/v1/chat/completions', frame) ?? [])
    const same = (frames: Buffer[]) => frames.map((each) => comparable(each))
    expect(same(seen)).toEqual(same(plain))
  })

  it('leaves every chunk of /v1/completions, and its last one goes', () => {
    const usage = ',"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}'
    const chunk = (rest: string) =>
      Buffer.from(`data: {"choices":[{"text":"a"}],"model":"m"${rest}}\n\n`)
    expect(hideUsage('/v1/completions', chunk(usage))?.toString()).toBe(String(chunk('')))
    const last = Buffer.from(`data: {"choices":[],"model":"m"${usage}}\n\n`)
    expect(hideUsage('/v1/completions', last)).toBeUndefined()
    const done = Buffer.from('data: [DONE]\n\n')
    expect(hideUsage('/v1/completions', done)).toBe(done)
  })
})
