import { WEATHER } from './cases.ts'

/** A request's body. */
export type Body = Record<string, unknown>

/** The routes that generate and are translated. */
export const CHAT = '/v1/chat/completions'
export const COMPLETIONS = '/v1/completions'

/** Short, and the same each time. */
export const greedy = { temperature: 0, max_tokens: 24 }

/** A talk of one message. */
export const user = (content: unknown) => [{ role: 'user', content }]

const SCHEMA = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }
const call = { id: 'call_1', function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } }

/** Requests of the routes that are translated, each answered alike each time. */
export const OPENAI: readonly (readonly [string, string, Body])[] = [
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
