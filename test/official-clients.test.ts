import { Ollama } from 'ollama'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatedOrigin, startOrigin } from './support/origin.ts'
import { startReprise, type TestServer } from './support/reprise.ts'

let origin: SimulatedOrigin
let reprise: TestServer
let ollama: Ollama
let direct: Ollama

beforeAll(async () => {
  origin = await startOrigin()
  // What is put into a request changes the simulated model's words.
  reprise = await startReprise({ upstream: origin.url, flags: { 'inject.enabled': false } })
  ollama = new Ollama({ host: reprise.url })
  direct = new Ollama({ host: origin.url })
})

afterAll(async () => {
  await reprise.close()
  await origin.close()
})

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
}

describe('the ollama package', () => {
  const question = { model: 'tiny', prompt: 'hello', options: { seed: 1 } }
  const chat = { model: 'tiny', messages: [{ role: 'user', content: 'hello' }] }

  it('generates as a whole and as a stream, and runs the model once', async () => {
    const whole = await ollama.generate(question)
    let text = ''
    for await (const part of await ollama.generate({ ...question, stream: true })) {
      text += part.response
    }
    expect(whole.response).not.toBe('')
    expect(text).toBe(whole.response)
    expect(origin.calls('/api/generate').length).toBe(1)
  })

  it('chats as a stream and as a whole, and runs the model once', async () => {
    let text = ''
    for await (const part of await ollama.chat({ ...chat, stream: true })) {
      text += part.message.content
    }
    expect((await ollama.chat(chat)).message.content).toBe(text)
    expect(origin.calls('/api/chat').length).toBe(1)
  })

  it('is given tool calls and thinking on a miss as on a hit', async () => {
    const call = { ...chat, tools: [weather] }
    const thought = { ...chat, think: true }
    const first = [await ollama.chat(call), await ollama.chat(thought)]
    const second = [await ollama.chat(call), await ollama.chat(thought)]
    expect(first[0]?.message.tool_calls?.[0]?.function.name).toBe('get_weather')
    expect(first[1]?.message.thinking).toMatch(/^Let me think/)
    expect(second.map(({ message }) => message)).toEqual(first.map(({ message }) => message))
  })

  it('embeds, lists, shows and looks at what runs as it does without a proxy', async () => {
    const input = { model: 'tiny', input: ['a', 'b'] }
    expect((await ollama.embed(input)).embeddings).toEqual((await direct.embed(input)).embeddings)
    expect(await ollama.list()).toEqual(await direct.list())
    expect(await ollama.show({ model: 'tiny' })).toEqual(await direct.show({ model: 'tiny' }))
    expect(await ollama.ps()).toEqual(await direct.ps())
  })

  it('pulls, copies and deletes models', async () => {
    const states: string[] = []
    for await (const { status } of await ollama.pull({ model: 'new', stream: true })) {
      states.push(status)
    }
    await ollama.copy({ source: 'new', destination: 'newer' })
    await ollama.delete({ model: 'new' })
    const names = (await ollama.list()).models.map(({ name }) => name)
    expect(states.at(-1)).toBe('success')
    expect(names).toContain('newer:latest')
    expect(names).not.toContain('new:latest')
  })

  it('throws the error that Ollama sends', async () => {
    const asked = ollama.generate({ model: 'nosuch', prompt: 'x' })
    await expect(asked).rejects.toThrow("model 'nosuch' not found")
  })

  it('leaves in the middle of a stream, and the run at the origin ends with it', async () => {
    const barrier = origin.hold('/api/generate', 2)
    const stream = await ollama.generate({ model: 'tiny', prompt: 'leave', stream: true })
    const before = origin.calls('/api/generate').length
    const call = await origin.waitForCall('/api/generate', before)
    await barrier.arrived
    stream.abort()
    await call.closed
    barrier.release()
    expect(call.state).toBe('aborted')
  })
})

describe('the openai package', () => {
  const messages = [{ role: 'user' as const, content: 'hello' }]
  const connect = (url: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none' })

  it('chats as a whole and as a stream as it does without a proxy', async () => {
    const question = { model: 'tiny', messages }
    const whole = await connect(reprise.url).chat.completions.create(question)
    const direct = await connect(origin.url).chat.completions.create(question)
    // Each answer has an id and an instant of its own.
    const { id, created } = whole
    expect(id).toMatch(/^chatcmpl-\d+$/)
    expect(whole).toEqual({ ...direct, id, created })
    const parts: string[] = []
    const stream = { ...question, stream: true as const }
    for await (const part of await connect(reprise.url).chat.completions.create(stream)) {
      parts.push(part.choices[0]?.delta.content ?? '')
    }
    expect(parts.join('')).toBe(whole.choices[0]?.message.content)
  })

  it('embeds, and lists models', async () => {
    const input = { model: 'tiny', input: 'a' }
    const { data } = await connect(reprise.url).embeddings.create(input)
    expect(data).toEqual((await connect(origin.url).embeddings.create(input)).data)
    const { data: models } = await connect(reprise.url).models.list()
    expect(models.map(({ id }) => id)).toContain('tiny:latest')
  })

  it('throws the error that Ollama sends', async () => {
    const asked = connect(reprise.url).chat.completions.create({ model: 'nosuch', messages })
    await expect(asked).rejects.toThrow("model 'nosuch' not found")
  })
})
