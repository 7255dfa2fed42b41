import OpenAI from 'openai'
import { type ClientUse, collect, takeOne, WEATHER } from '../support/use.ts'

const ASK = { model: 'tiny', temperature: 0, max_tokens: 24 }
const talk = (content: string) => [{ role: 'user' as const, content }]
const LEFT = { ...ASK, messages: talk('leave') }
const TOOLS = { ...ASK, model: 'tiny-tools', max_tokens: 60, tools: [WEATHER] }

const at = (url: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })

/** The package `openai` for JavaScript. */
export const OPENAI_JS: ClientUse = {
  name: 'openai',
  kept: {
    'a chat': async (url) => at(url).chat.completions.create({ ...ASK, messages: talk('chat') }),
    'a chat, streamed': async (url) => {
      const question = { ...ASK, messages: talk('streamed'), stream: true as const }
      return collect(await at(url).chat.completions.create(question))
    },
    'a chat, streamed with its usage': async (url) => {
      const question = { ...ASK, messages: talk('usage'), stream: true as const }
      const wish = { stream_options: { include_usage: true } }
      return collect(await at(url).chat.completions.create({ ...question, ...wish }))
    },
    'a completion': async (url) => at(url).completions.create({ ...ASK, prompt: 'complete' }),
    'a completion, streamed': async (url) =>
      collect(await at(url).completions.create({ ...ASK, prompt: 'streamed', stream: true })),
    'a tool call': async (url) =>
      at(url).chat.completions.create({ ...TOOLS, messages: talk('What is the weather?') }),
    'a tool call, streamed': async (url) => {
      const question = { ...TOOLS, messages: talk('How is the weather?'), stream: true as const }
      return collect(await at(url).chat.completions.create(question))
    },
    'JSON of a schema': async (url) =>
      at(url).chat.completions.create({
        ...ASK,
        messages: talk('schema'),
        response_format: {
          type: 'json_schema',
          json_schema: {
            name: 'answer',
            schema: { type: 'object', properties: { answer: { type: 'string' } } },
          },
        },
      }),
    'a response': async (url) =>
      at(url).responses.create({ ...RESPOND, input: 'respond', stream: false }),
    'a response, streamed': async (url) =>
      collect(await at(url).responses.create({ ...RESPOND, input: 'streamed', stream: true })),
    embeddings: async (url) => at(url).embeddings.create({ model: 'minilm', input: ['a', 'b'] }),
    'embeddings as numbers': async (url) =>
      at(url).embeddings.create({ model: 'minilm', input: 'c', encoding_format: 'float' }),
  },
  passed: {
    'an unknown model': async (url) =>
      at(url).chat.completions.create({ ...ASK, model: 'nosuch', messages: talk('x') }),
    'an unknown model, streamed': async (url) => {
      const question = { ...ASK, model: 'nosuch', messages: talk('x'), stream: true as const }
      return collect(await at(url).chat.completions.create(question))
    },
    'an unknown embedder': async (url) =>
      at(url).embeddings.create({ model: 'nosuch', input: 'x' }),
  },
  leaving: {
    // Its own route is translated.
    path: '/api/chat',
    async leave(url, onLeft) {
      const stream = await at(url).chat.completions.create({ ...LEFT, stream: true })
      await takeOne(stream, () => {
        stream.controller.abort()
        onLeft()
      })
    },
    stay: async (url) => at(url).chat.completions.create(LEFT),
  },
}

const RESPOND = { model: 'tiny', temperature: 0, max_output_tokens: 24 }
