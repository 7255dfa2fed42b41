import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import {
  type EmbeddingModel,
  embedMany,
  generateText,
  jsonSchema,
  type LanguageModel,
  streamText,
  type ToolSet,
  tool,
} from 'ai'
import { createOllama } from 'ollama-ai-provider-v2'
import { CITY, type ClientUse, collect, takeOne } from '../support/use.ts'

/** How the AI SDK comes to a model. */
interface Provider {
  readonly name: string
  language(url: string, model: string): LanguageModel
  embedder(url: string, model: string): EmbeddingModel
}

const NATIVE: Provider = {
  name: 'ollama-ai-provider-v2',
  language: (url, model) => createOllama({ baseURL: `${url}/api` })(model),
  embedder: (url, model) => createOllama({ baseURL: `${url}/api` }).textEmbeddingModel(model),
}

const compatible = (url: string) =>
  createOpenAICompatible({ name: 'ollama', baseURL: `${url}/v1`, includeUsage: true })

const COMPATIBLE: Provider = {
  name: '@ai-sdk/openai-compatible',
  language: (url, model) => compatible(url)(model),
  embedder: (url, model) => compatible(url).textEmbeddingModel(model),
}

const WEATHER = tool({ description: 'Weather of a city', inputSchema: jsonSchema({ ...CITY }) })

/** The types of the package are written for a compiler that is less exact about what is absent. */
const TOOLS = { get_weather: WEATHER } as unknown as ToolSet

/** The native provider sends only what is in its own options to where Ollama reads it. */
const ASK = {
  temperature: 0,
  maxOutputTokens: 60,
  maxRetries: 0,
  providerOptions: { ollama: { options: { temperature: 0, num_predict: 60 } } },
}

/** The AI SDK with Ollama's own routes. */
export const AI_SDK_NATIVE: ClientUse = toUse(NATIVE)

/** The AI SDK with Ollama as a server like OpenAI's. */
export const AI_SDK_COMPATIBLE: ClientUse = toUse(COMPATIBLE)

function toUse({ name, language, embedder }: Provider): ClientUse {
  const ask = (url: string, prompt: string, model = 'tiny') => ({
    ...ASK,
    model: language(url, model),
    prompt,
  })
  return {
    name: `ai with ${name}`,
    kept: {
      'a text': async (url) => toSeen(await generateText(ask(url, 'text'))),
      'a text, streamed': (url) => collect(streamText(ask(url, 'streamed')).fullStream),
      'a tool call': async (url) =>
        toSeen(
          await generateText({ ...ask(url, 'What is the weather?', 'tiny-tools'), tools: TOOLS }),
        ),
      'a tool call, streamed': (url) => {
        const question = ask(url, 'How is the weather?', 'tiny-tools')
        return collect(streamText({ ...question, tools: TOOLS }).fullStream)
      },
      embeddings: async (url) => {
        const values = ['a', 'b']
        const made = await embedMany({ model: embedder(url, 'minilm'), values, maxRetries: 0 })
        return { embeddings: made.embeddings, usage: made.usage }
      },
    },
    passed: {
      'an unknown model': (url) => generateText(ask(url, 'x', 'nosuch')),
      'an unknown embedder': (url) =>
        embedMany({ model: embedder(url, 'nosuch'), values: ['x'], maxRetries: 0 }),
    },
    leaving: {
      path: '/api/chat',
      async leave(url, onLeft) {
        const control = new AbortController()
        const { textStream } = streamText({ ...ask(url, 'leave'), abortSignal: control.signal })
        await takeOne(textStream, () => {
          control.abort()
          onLeft()
        })
      },
      stay: async (url) => toSeen(await generateText(ask(url, 'leave'))),
    },
  }
}

type Generated = Pick<
  Awaited<ReturnType<typeof generateText>>,
  'text' | 'reasoningText' | 'toolCalls' | 'finishReason' | 'usage' | 'content'
>

/** What a program reads of it: the rest is the request, told back. */
function toSeen({ text, reasoningText, toolCalls, finishReason, usage, content }: Generated) {
  return { text, reasoningText, toolCalls, finishReason, usage, content }
}
