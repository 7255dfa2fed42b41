import Anthropic from '@anthropic-ai/sdk'
import { CITY, type ClientUse, collect, takeOne } from '../support/use.ts'

const ASK = { model: 'tiny', temperature: 0, max_tokens: 24 }
const talk = (content: string) => [{ role: 'user' as const, content }]
const LEFT = { ...ASK, messages: talk('leave') }
const TOOL = { name: 'get_weather', description: 'Weather of a city', input_schema: CITY }
const TOOLS = { ...ASK, model: 'tiny-tools', max_tokens: 60, tools: [TOOL] }

const at = (url: string) => new Anthropic({ baseURL: url, apiKey: 'none', maxRetries: 0 })

/** The package `@anthropic-ai/sdk`; Ollama has no embeddings in this dialect. */
export const ANTHROPIC_JS: ClientUse = {
  name: '@anthropic-ai/sdk',
  kept: {
    'a message': async (url) => at(url).messages.create({ ...ASK, messages: talk('message') }),
    'a message with a system prompt': async (url) =>
      at(url).messages.create({ ...ASK, system: 'You are brief.', messages: talk('system') }),
    'a message, streamed': async (url) => {
      const question = { ...ASK, messages: talk('streamed'), stream: true as const }
      return collect(await at(url).messages.create(question))
    },
    'a message, put together from its stream': (url) =>
      at(url)
        .messages.stream({ ...ASK, messages: talk('together') })
        .finalMessage(),
    'a tool call': async (url) =>
      at(url).messages.create({ ...TOOLS, messages: talk('What is the weather?') }),
    'a tool call, streamed': async (url) => {
      const question = { ...TOOLS, messages: talk('How is the weather?'), stream: true as const }
      return collect(await at(url).messages.create(question))
    },
  },
  passed: {
    'an unknown model': async (url) =>
      at(url).messages.create({ ...ASK, model: 'nosuch', messages: talk('x') }),
    'an unknown model, streamed': async (url) => {
      const question = { ...ASK, model: 'nosuch', messages: talk('x'), stream: true as const }
      return collect(await at(url).messages.create(question))
    },
  },
  leaving: {
    path: '/v1/messages',
    async leave(url, onLeft) {
      const stream = await at(url).messages.create({ ...LEFT, stream: true })
      await takeOne(stream, () => {
        stream.controller.abort()
        onLeft()
      })
    },
    stay: async (url) => at(url).messages.create(LEFT),
  },
}
