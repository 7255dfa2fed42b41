import { Ollama } from 'ollama'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { type DialectStage, openDialects } from './support/stage.ts'

const MODEL = 'tiny'

/** Two clients in front of one server, each asking the same in its own words. */
interface Clients {
  readonly stage: DialectStage
  ask(client: Asker, prompt: string): Promise<string>
}

type Asker = 'ollama whole' | 'ollama stream' | 'openai whole' | 'openai stream'

async function openClients(flags = {}): Promise<Clients> {
  const stage = await openDialects({
    'dialects.translate': true,
    'inject.enabled': true,
    'inject.numThread.value': 3,
    ...flags,
  })
  const { url } = stage.reprise
  const ollama = new Ollama({ host: url })
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
  const native = (prompt: string) => ({
    model: MODEL,
    messages: [{ role: 'user', content: prompt }],
    options: { temperature: 0, top_p: 1, num_predict: 9 },
  })
  const compatible = (prompt: string) => ({
    model: MODEL,
    messages: [{ role: 'user' as const, content: prompt }],
    temperature: 0,
    max_tokens: 9,
  })
  const ask = async (client: Asker, prompt: string): Promise<string> => {
    let text = ''
    switch (client) {
      case 'ollama whole':
        return (await ollama.chat(native(prompt))).message.content
      case 'openai whole':
        return (
          (await openai.chat.completions.create(compatible(prompt))).choices[0]?.message.content ??
          ''
        )
      case 'ollama stream':
        for await (const part of await ollama.chat({ ...native(prompt), stream: true })) {
          text += part.message.content
        }
        return text
      case 'openai stream':
        for await (const part of await openai.chat.completions.create({
          ...compatible(prompt),
          stream: true,
        })) {
          text += part.choices[0]?.delta.content ?? ''
        }
        return text
    }
  }
  return { stage, ask }
}

const switches = ({ stage }: Clients) =>
  stage.reprise.metric('reprise_reload_switches_total{model="tiny:latest"}')

const words = async ({ stage }: Clients, outcome: string): Promise<number> => {
  const series = (path: string) =>
    `reprise_requests_total{endpoint="${path}",kind="text",model="tiny:latest",outcome="${outcome}"}`
  const native = await stage.reprise.metric(series('/api/chat'))
  return native + (await stage.reprise.metric(series('/v1/chat/completions')))
}

describe('clients of two dialects on one model', () => {
  it.each([
    ['ollama whole', 'openai whole'],
    ['ollama whole', 'openai stream'],
    ['ollama stream', 'openai whole'],
    ['ollama stream', 'openai stream'],
    ['openai whole', 'ollama whole'],
    ['openai whole', 'ollama stream'],
    ['openai stream', 'ollama whole'],
    ['openai stream', 'ollama stream'],
  ] as const)('%s and then %s: the second is a hit, and the same text', async (...order) => {
    const clients = await openClients()
    const [first, second] = [
      await clients.ask(order[0], 'Hello'),
      await clients.ask(order[1], 'Hello'),
    ]
    expect(first).not.toBe('')
    expect(second).toBe(first)
    expect([await words(clients, 'miss'), await words(clients, 'hit')]).toEqual([1, 1])
    expect(clients.stage.origin.calls('/api/chat')).toHaveLength(1)
    expect(clients.stage.origin.calls('/v1/chat/completions')).toHaveLength(0)
  })

  it('never make Ollama reload it', async () => {
    const clients = await openClients()
    for (const turn of [1, 2, 3]) {
      await clients.ask('ollama whole', `native ${turn}`)
      await clients.ask('openai stream', `compatible ${turn}`)
    }
    expect(await switches(clients)).toBe(0)
    expect(clients.stage.origin.calls('/api/chat')).toHaveLength(6)
  })

  it('do so at each turn where nothing is translated, which is said with the setting', async () => {
    const clients = await openClients({ 'dialects.translate': false })
    for (const turn of [1, 2, 3]) {
      await clients.ask('ollama whole', `native ${turn}`)
      await clients.ask('openai stream', `compatible ${turn}`)
    }
    expect(await switches(clients)).toBe(5)
    const messages = clients.stage.reprise.log.map(({ msg }) => String(msg))
    expect(messages.filter((each) => each.includes('dialects.translate=true'))).toHaveLength(1)
  })

  it('ride on one run when they ask together', async () => {
    const clients = await openClients()
    const { origin, store } = clients.stage
    const barrier = origin.hold('/api/chat', 2)
    const askers = ['ollama stream', 'openai stream', 'ollama whole', 'openai whole'] as const
    const asked = askers.map((asker) => clients.ask(asker, 'Hello'))
    await barrier.arrived
    await store.lookups(askers.length)
    barrier.release()
    const texts = new Set(await Promise.all(asked))
    expect(texts.size).toBe(1)
    expect(origin.calls('/api/chat')).toHaveLength(1)
    expect(await words(clients, 'collapsed')).toBe(3)
  })
})
