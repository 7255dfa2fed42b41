import { Ollama } from 'ollama'
import { type ClientUse, collect, takeOne, WEATHER } from '../support/use.ts'

const options = { temperature: 0, num_predict: 24 }
const messages = (content: string) => [{ role: 'user', content }]
const LEFT = { model: 'tiny', messages: messages('leave'), options }

const at = (host: string) => new Ollama({ host })

/** The package `ollama`. */
export const OLLAMA_JS: ClientUse = {
  name: 'ollama',
  kept: {
    'a chat': (url) => at(url).chat({ model: 'tiny', messages: messages('chat'), options }),
    'a chat, streamed': async (url) => {
      const question = { model: 'tiny', messages: messages('streamed'), options }
      return collect(await at(url).chat({ ...question, stream: true }))
    },
    'a generation': (url) => at(url).generate({ model: 'tiny', prompt: 'generate', options }),
    'a generation, streamed': async (url) => {
      const question = { model: 'tiny', prompt: 'streamed', options }
      return collect(await at(url).generate({ ...question, stream: true }))
    },
    'a tool call': (url) =>
      at(url).chat({
        model: 'tiny-tools',
        messages: messages('What is the weather?'),
        tools: [WEATHER],
        options: { ...options, num_predict: 60 },
      }),
    'a tool call, streamed': async (url) =>
      collect(
        await at(url).chat({
          model: 'tiny-tools',
          messages: messages('How is the weather?'),
          tools: [WEATHER],
          options: { ...options, num_predict: 60 },
          stream: true,
        }),
      ),
    thoughts: (url) =>
      at(url).chat({ model: 'tiny-think', messages: messages('think'), think: true, options }),
    'JSON of a schema': (url) =>
      at(url).chat({
        model: 'tiny',
        messages: messages('schema'),
        format: { type: 'object', properties: { answer: { type: 'string' } } },
        options,
      }),
    embeddings: (url) => at(url).embed({ model: 'minilm', input: ['a', 'b'] }),
    'an old embedding': (url) => at(url).embeddings({ model: 'minilm', prompt: 'c' }),
  },
  passed: {
    'an unknown model': (url) => at(url).generate({ model: 'nosuch', prompt: 'x' }),
    'an unknown model, streamed': async (url) =>
      collect(await at(url).generate({ model: 'nosuch', prompt: 'x', stream: true })),
    'an unknown embedder': (url) => at(url).embed({ model: 'nosuch', input: 'x' }),
    'what a model is': (url) => at(url).show({ model: 'tiny' }),
    'the version': (url) => at(url).version(),
  },
  leaving: {
    path: '/api/chat',
    async leave(url, onLeft) {
      const stream = await at(url).chat({ ...LEFT, stream: true })
      await takeOne(stream, () => {
        stream.abort()
        onLeft()
      })
    },
    stay: (url) => at(url).chat(LEFT),
  },
}
