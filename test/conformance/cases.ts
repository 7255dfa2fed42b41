/** A request that Ollama answers, or refuses, in the same way each time. */
export interface Case {
  readonly name: string
  readonly path: '/api/generate' | '/api/chat'
  readonly body: Record<string, unknown>
}

/** Greedy and short. */
export const options = { temperature: 0, num_predict: 24 }

const generate = (name: string, body: object): Case => ({
  name,
  path: '/api/generate',
  // Each has its own question, so that each is a miss first.
  body: { model: 'tiny', prompt: `Hello ${name}`, options, ...body },
})

const chat = (name: string, body: object): Case => ({
  name,
  path: '/api/chat',
  body: { model: 'tiny', messages: [{ role: 'user', content: `Hello ${name}` }], options, ...body },
})

const SCHEMA = {
  type: 'object',
  properties: { answer: { type: 'string' }, count: { type: 'integer' } },
  required: ['answer', 'count'],
}

/** A function a model may call. */
export const WEATHER = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** More tokens than the 2,048 of the models. */
const TOO_LONG = Array.from({ length: 1500 }, (_, n) => `The sky is blue number ${n} .`).join(' ')

const WEATHER_CHAT = {
  model: 'tiny-tools',
  messages: [{ role: 'user', content: 'What is the weather?' }],
  tools: [WEATHER],
}

/** Of what both routes understand. */
const COMMON: readonly [string, object][] = [
  ['plain', {}],
  ['with a seed above temperature 0', { options: { temperature: 0.8, seed: 42, num_predict: 24 } }],
  ['with a name in capitals', { model: 'TINY' }],
  ['with the tag in the name', { model: 'tiny:latest' }],
  ['of one token', { options: { temperature: 0, num_predict: 1 } }],
  ['with a stop that is reached', { options: { ...options, num_predict: 60, stop: ['the'] } }],
  ['that ends by itself', { options: { temperature: 0, num_predict: 400 } }],
  [
    'of more than 2,048 bytes',
    { model: 'tiny-long', options: { temperature: 0, num_predict: 500 } },
  ],
  ['as JSON', { format: 'json' }],
  ['as JSON of a schema', { format: SCHEMA }],
  ['with logprobs', { logprobs: true, top_logprobs: 3 }],
  ['with logprobs and no others', { logprobs: true }],
  ['with thinking', { model: 'tiny-think', think: true, options: { ...options, num_predict: 60 } }],
  ['without thinking', { model: 'tiny-think', think: false }],
  ['of a thinking model that is not told', { model: 'tiny-think' }],
  ['with a level of thinking', { model: 'tiny-think', think: 'high' }],
  ['with thinking and logprobs', { model: 'tiny-think', think: true, logprobs: true }],
  ['with options that do not exist', { options: { ...options, Temperature: 2, nonsense: [1] } }],
  ['with an explicit keep_alive', { keep_alive: '7m' }],
  ['with fields that do not exist', { unheard: { of: 'this' } }],
]

/** Answered with 200; each is a miss, and then a hit. */
export const ANSWERED: readonly Case[] = [
  ...COMMON.map(([name, body]) => generate(name, body)),
  ...COMMON.map(([name, body]) => chat(name, body)),
  generate('with a system prompt', { system: 'You are brief.' }),
  generate('with a template', { template: '{{ .System }} Q: {{ .Prompt }} A:' }),
  generate('raw', { prompt: 'The sky', raw: true }),
  generate('raw, of characters made of several tokens', { prompt: 'Emoji', raw: true }),
  generate('with a suffix', { model: 'tiny-fim', prompt: 'def a', suffix: 'end' }),
  generate('with a context', { context: [260, 450, 263, 494, 261, 301, 312, 313, 314] }),
  generate('with no images', { images: [] }),
  generate('with escapes', { prompt: '<b> & \u2028 "é" 漢字 😀' }),
  chat('with a system message', {
    messages: [
      { role: 'system', content: 'You are brief.' },
      { role: 'user', content: 'Hello' },
    ],
  }),
  chat('with a history', {
    messages: [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'The sky' },
      { role: 'user', content: 'Go on' },
    ],
  }),
  chat('that ends with the assistant', {
    messages: [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'The sky' },
    ],
  }),
  chat('that calls a tool', { ...WEATHER_CHAT, options: { ...options, num_predict: 60 } }),
  chat('that calls a tool, with logprobs', {
    ...WEATHER_CHAT,
    logprobs: true,
    options: { ...options, num_predict: 60 },
  }),
  chat('with tools and none called', { model: 'tiny-tools' }),
  chat('with an empty list of tools', { model: 'tiny-tools', tools: [] }),
  chat('with the answer of a tool', {
    ...WEATHER_CHAT,
    messages: [
      { role: 'user', content: 'What is the weather?' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ function: { name: 'get_weather', arguments: { city: 'Oslo' } } }],
      },
      { role: 'tool', content: 'rain', tool_name: 'get_weather' },
    ],
  }),
]

const REFUSALS: readonly [string, object][] = [
  ['of an unknown model', { model: 'nosuch' }],
  ['of no model', { model: '' }],
  ['with an option of the wrong type', { options: { temperature: 'hot' } }],
  ['with a format that is no format', { format: 'yaml' }],
  ['with a schema that is none', { format: { type: 'nonsense' } }],
  ['with a duration without unit', { keep_alive: '10' }],
  ['with a duration that is none', { keep_alive: 'abc' }],
  ['with thinking the model lacks', { think: true }],
  ['with thinking of an unknown kind', { model: 'tiny-think', think: 'maybe' }],
]

/** Refused by Ollama; asked again, refused again. */
export const REFUSED: readonly Case[] = [
  ...REFUSALS.map(([name, body]) => generate(name, body)),
  ...REFUSALS.map(([name, body]) => chat(name, body)),
  generate('with an image the model cannot see', { images: [PNG] }),
  generate('with an image that is none', { images: ['***'] }),
  generate('with a suffix the model cannot read', { suffix: 'end' }),
  generate('too long, and not to be cut', { prompt: TOO_LONG, truncate: false }),
  chat('with an image the model cannot see', {
    messages: [{ role: 'user', content: 'Hello', images: [PNG] }],
  }),
  chat('with an image that is none', {
    messages: [{ role: 'user', content: 'Hello', images: ['***'] }],
  }),
  chat('with tools the model lacks', { tools: [WEATHER] }),
  chat('too long, and not to be cut', {
    messages: [{ role: 'user', content: TOO_LONG }],
    truncate: false,
  }),
]

/** Requests that only move a model into or out of memory, in this order. */
export const LOADING: readonly Case[] = [
  generate('that loads', { prompt: '', options: undefined }),
  generate('that loads for a while', { prompt: undefined, options: undefined, keep_alive: '10m' }),
  chat('that loads', { messages: [], options: undefined }),
  chat('that unloads', { messages: [], options: undefined, keep_alive: 0 }),
  generate('that loads anew', { prompt: '', options: undefined }),
  generate('that unloads', { prompt: '', options: undefined, keep_alive: '0s' }),
]
