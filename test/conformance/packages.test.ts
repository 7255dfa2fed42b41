import { Ollama } from 'ollama'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TestServer } from '../support/reprise.ts'
import { options, WEATHER } from './cases.ts'
import { inNameOrder, neutralise } from './compare.ts'
import { describeOllama, OLLAMA, startInFront } from './ollama.ts'

const MESSAGES = [{ role: 'user', content: 'Hello' }]
const TALK = [{ role: 'user' as const, content: 'Hello' }]

async function collect(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const each of stream) all.push(each)
  return all
}

const OLLAMA_CALLS: Record<string, (client: Ollama) => Promise<unknown>> = {
  chat: (client) => client.chat({ model: 'tiny', messages: MESSAGES, options }),
  'chat with tools': (client) =>
    client.chat({ model: 'tiny-tools', messages: MESSAGES, tools: [WEATHER], options }),
  'chat, streamed': async (client) =>
    collect(await client.chat({ model: 'tiny', messages: MESSAGES, options, stream: true })),
  generate: (client) => client.generate({ model: 'tiny', prompt: 'Hi', options }),
  'generate, streamed': async (client) =>
    collect(await client.generate({ model: 'tiny', prompt: 'Hi', options, stream: true })),
  'an unknown model': (client) => client.generate({ model: 'nosuch', prompt: 'Hi' }),
  'an unknown model, streamed': async (client) =>
    collect(await client.generate({ model: 'nosuch', prompt: 'Hi', stream: true })),
  embed: (client) => client.embed({ model: 'tiny', input: 'Hi' }),
  list: (client) => client.list(),
  show: (client) => client.show({ model: 'tiny' }),
  version: (client) => client.version(),
}

const ASK = { model: 'tiny', temperature: 0, max_tokens: 16 }

const OPENAI_CALLS: Record<string, (client: OpenAI) => Promise<unknown>> = {
  chat: async (client) => client.chat.completions.create({ ...ASK, messages: TALK }),
  'chat, streamed': async (client) =>
    collect(await client.chat.completions.create({ ...ASK, messages: TALK, stream: true })),
  completions: async (client) => client.completions.create({ ...ASK, prompt: 'Hi' }),
  'completions, streamed': async (client) =>
    collect(await client.completions.create({ ...ASK, prompt: 'Hi', stream: true })),
  'an unknown model': async (client) =>
    client.chat.completions.create({ ...ASK, model: 'nosuch', messages: TALK }),
  list: async (client) => (await client.models.list()).data,
}

/** What a program gets: the value, or the error with its status. */
async function settle(call: Promise<unknown>): Promise<string> {
  try {
    return inNameOrder(neutralise(Buffer.from(JSON.stringify(await call))))
  } catch (error) {
    const { name, message, status, status_code } = error as Record<string, unknown>
    return JSON.stringify({ name, message, status, status_code })
  }
}

describeOllama('a program that uses', () => {
  let reprise: TestServer
  let url: string

  beforeAll(async () => {
    reprise = await startInFront()
    url = `http://127.0.0.1:${reprise.port}`
  })

  afterAll(() => reprise.close())

  it.each(Object.entries(OLLAMA_CALLS))(
    'the package ollama gets the same of %s',
    async (_, call) => {
      const direct = await settle(call(new Ollama({ host: OLLAMA ?? '' })))
      const client = new Ollama({ host: url })
      expect(await settle(call(client))).toBe(direct)
      expect(await settle(call(client))).toBe(direct)
    },
  )

  it.each(Object.entries(OPENAI_CALLS))(
    'the package openai gets the same of %s',
    async (_, call) => {
      const at = (base: string) => new OpenAI({ baseURL: `${base}/v1`, apiKey: 'x', maxRetries: 0 })
      const direct = await settle(call(at(OLLAMA ?? '')))
      expect(await settle(call(at(url)))).toBe(direct)
      expect(await settle(call(at(url)))).toBe(direct)
    },
  )
})
