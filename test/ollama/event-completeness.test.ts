import { describe, expect, it } from 'vitest'
import { judgeAll } from '../../src/ollama/completeness.ts'
import type { EventRoute } from '../../src/ollama/event.ts'
import { createEventJudge, readEventTotals } from '../../src/ollama/event-completeness.ts'
import { loadExperiment } from '../support/corpus.ts'
import { EVENT_STREAMS, toEvents } from './recorded-events.ts'

const judgeEvents = (route: EventRoute, frames: readonly Buffer[]) =>
  judgeAll(createEventJudge(route), frames)
const judge = (route: EventRoute, text: string) => judgeEvents(route, toEvents(Buffer.from(text)))

describe('a recorded stream', () => {
  it.each(EVENT_STREAMS)('$version $name is complete', ({ route, exchange }) => {
    expect(judgeEvents(route, toEvents(exchange.response.body))).toBe('complete')
  })

  it.each(EVENT_STREAMS)('$version $name is not, cut after any of its events', (recorded) => {
    const events = toEvents(recorded.exchange.response.body)
    for (let count = 0; count < events.length; count++) {
      expect(judgeEvents(recorded.route, events.slice(0, count))).toBe('incomplete')
    }
    const doubled = [...events, events.at(-1)!]
    expect(judgeEvents(recorded.route, doubled)).toBe('incomplete')
    const last = events.at(-1)!
    const torn = [...events.slice(0, -1), last.subarray(0, -1)]
    expect(judgeEvents(recorded.route, torn)).toBe('incomplete')
  })

  it.each([
    ['/v1/chat/completions', 'killed-v1-stream'],
    ['/v1/messages', 'killed-messages-stream'],
  ] as const)('of a run that was killed is not: %s', (route, name) => {
    const text = JSON.stringify(loadExperiment(name))
    const body = /"text":("(?:[^"\\]|\\.)*data: (?:[^"\\]|\\.)*")/.exec(text)?.[1]
    const events = toEvents(Buffer.from(JSON.parse(body!) as string))
    expect(events.length).toBeGreaterThan(1)
    expect(judgeEvents(route, events)).toBe('incomplete')
  })
})

const chunk = (reason: string) =>
  `data: {"choices":[{"index":0,"delta":{},"finish_reason":${reason}}]}\n\n`
const completed = (tokens: number) =>
  `event: response.completed\ndata: {"response":{"error":null,"usage":{"input_tokens":3,"output_tokens":${tokens}}}}\n\n`
const stopped = (reason: string) =>
  `event: message_delta\ndata: {"delta":{"stop_reason":"${reason}"}}\n\n`
const stop = 'event: message_stop\ndata: {"type":"message_stop"}\n\n'

describe('a stream', () => {
  it.each([
    ['complete', '/v1/chat/completions', `${chunk('"tool_calls"')}data: [DONE]\n\n`],
    ['incomplete', '/v1/chat/completions', `${chunk('"load"')}data: [DONE]\n\n`],
    ['incomplete', '/v1/chat/completions', `${chunk('null')}data: [DONE]\n\n`],
    ['incomplete', '/v1/chat/completions', 'data: [DONE]\n\n'],
    ['error-frame', '/v1/completions', `data: {"error":{"message":"x"}}\n\ndata: [DONE]\n\n`],
    ['incomplete', '/v1/completions', `: note\n\n${chunk('"stop"')}data: [DONE]\n\n`],
    ['complete', '/v1/responses', completed(1)],
    ['incomplete', '/v1/responses', completed(0)],
    ['error-frame', '/v1/responses', 'event: response.failed\ndata: {"response":{}}\n\n'],
    ['error-frame', '/v1/responses', `event: response.incomplete\ndata: {"response":{}}\n\n`],
    ['complete', '/v1/messages', stopped('max_tokens') + stop],
    ['incomplete', '/v1/messages', stopped('stop_sequence') + stop],
    ['incomplete', '/v1/messages', stop],
    ['error-frame', '/v1/messages', 'event: error\ndata: {"type":"error"}\n\n'],
  ] as const)('is %s: %s %s', (verdict, route, text) => {
    expect(judge(route, text)).toBe(verdict)
  })
})

describe('the totals', () => {
  it.each([
    ['381', 188, 6, 'tool_calls'],
    ['429', 7, 60, undefined],
    ['434', 6, 12, 'max_tokens'],
  ] as const)('of case %s are told at its end', (number, promptTokens, tokens, doneReason) => {
    const recorded = EVENT_STREAMS.find(
      ({ name, version }) => name.startsWith(number) && version === 'v0.32.15',
    )!
    const frames = toEvents(recorded.exchange.response.body)
    const expected = { promptTokens, tokens, costMs: 0, promptMs: 0, loadMs: 0, doneReason }
    expect(readEventTotals(recorded.route, frames)).toEqual(expected)
  })
})
