import { ChatOllama, OllamaEmbeddings } from '@langchain/ollama'
import { type ClientUse, collect, takeOne, WEATHER } from '../support/use.ts'

const ASK = { temperature: 0, numPredict: 24, maxRetries: 0 }

const at = (baseUrl: string, model = 'tiny') => new ChatOllama({ ...ASK, baseUrl, model })

const embedder = (baseUrl: string, model = 'minilm') =>
  new OllamaEmbeddings({ baseUrl, model, maxRetries: 0 })

/** LangChain's `@langchain/ollama`. */
export const LANGCHAIN: ClientUse = {
  name: '@langchain/ollama',
  kept: {
    'a chat': (url) => at(url).invoke('chat'),
    'a chat, streamed': async (url) => collect(await at(url).stream('streamed')),
    'a chat of several turns': (url) =>
      at(url).invoke([
        ['system', 'You are brief.'],
        ['human', 'turn one'],
        ['ai', 'yes'],
        ['human', 'turn two'],
      ]),
    'a tool call': (url) =>
      at(url, 'tiny-tools').bindTools([WEATHER]).invoke('What is the weather?'),
    'a tool call, streamed': async (url) =>
      collect(await at(url, 'tiny-tools').bindTools([WEATHER]).stream('How is the weather?')),
    'an object of a schema': (url) =>
      at(url)
        .withStructuredOutput(
          { type: 'object', properties: { answer: { type: 'string' } } },
          { method: 'jsonSchema', includeRaw: true },
        )
        .invoke('schema'),
    'embeddings of documents': (url) => embedder(url).embedDocuments(['a', 'b', 'a']),
    'the embedding of a query': (url) => embedder(url).embedQuery('c'),
  },
  passed: {
    'an unknown model': (url) => at(url, 'nosuch').invoke('x'),
    'an unknown embedder': (url) => embedder(url, 'nosuch').embedQuery('x'),
  },
  leaving: {
    path: '/api/chat',
    async leave(url, onLeft) {
      const control = new AbortController()
      const stream = await at(url).stream('leave', { signal: control.signal })
      await takeOne(stream, () => {
        control.abort()
        onLeft()
      })
    },
    stay: (url) => at(url).invoke('leave'),
    // It stops reading, and leaves the connection to the collector of garbage.
    connection: 'left open',
  },
}
