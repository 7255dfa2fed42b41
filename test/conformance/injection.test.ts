import { afterAll, beforeAll, expect, it } from 'vitest'
import { postJson } from '../support/raw-client.ts'
import type { TestServer } from '../support/reprise.ts'
import { ANSWERED, REFUSED } from './cases.ts'
import { toSeen } from './compare.ts'
import { askDirectly, describeOllama, NUM_THREAD, OLLAMA, startInjecting } from './ollama.ts'

const names = ['plain', 'with logprobs', 'that calls a tool', 'with thinking', 'raw']
const SOME = [
  ...ANSWERED.filter(({ name }) => names.includes(name)),
  ...REFUSED.filter(({ name }) => name.includes('duration') || name.includes('wrong type')),
]

const HALF_AN_HOUR_MS = 30 * 60_000

/** What Reprise says it sent, put into what it was given. */
function inject(body: Record<string, unknown>, said: string | undefined): object {
  const added = new Map(said?.split(', ').map((each) => each.split('=') as [string, string]))
  const { keep_alive: keepAlive, ...rest } = Object.fromEntries(added)
  const numbers = Object.entries(rest).map(([name, value]) => [name, Number(value)])
  const options = { ...(body.options as object), ...Object.fromEntries(numbers) }
  const withOptions = numbers.length > 0 ? { ...body, options } : body
  return keepAlive === undefined ? withOptions : { ...withOptions, keep_alive: keepAlive }
}

interface Loaded {
  readonly model: string
  readonly expires_at: string
}

describeOllama('with parameters put in', () => {
  let reprise: TestServer

  beforeAll(async () => {
    reprise = await startInjecting()
  })

  afterAll(() => reprise.close())

  it.each(SOME)('$path $name is what Ollama answers to what was sent', async ({ path, body }) => {
    for (const stream of [undefined, undefined, false]) {
      const answer = await postJson(reprise.port, path, { ...body, stream })
      const said = answer.header('x-reprise-injected')
      const direct = await askDirectly(path, { ...inject(body, said), stream })
      expect(toSeen(answer)).toEqual(toSeen(direct))
      if (answer.status === 200) expect(said).toBe(`num_thread=${NUM_THREAD}, keep_alive=30m`)
    }
  })

  it('no route reloads the model another has loaded, and each keeps it for half an hour', async () => {
    const probe = async (more: object) => {
      const options = { temperature: 0, num_predict: 1 }
      const body = { model: 'tiny', prompt: 'Hello', stream: false, options, ...more }
      const answer = await postJson(reprise.port, '/api/generate', body)
      return JSON.parse(answer.body.toString()).load_duration as number
    }
    const loaded = async () => {
      const answer = await fetch(`${OLLAMA}/api/ps`)
      const { models } = (await answer.json()) as { models: Loaded[] }
      return models.find(({ model }) => model === 'tiny:latest')
    }
    const messages = [{ role: 'user', content: 'Hello' }]
    const options = { temperature: 0, num_predict: 1 }
    await askDirectly('/api/generate', { model: 'tiny', keep_alive: 0 })
    await postJson(reprise.port, '/api/generate', { model: 'tiny' })
    const durations: number[] = []
    for (const [path, body] of [
      ['/api/generate', { prompt: 'reload', options }],
      ['/api/chat', { messages, options }],
      ['/api/embed', { input: 'a' }],
      ['/api/embeddings', { prompt: 'a' }],
      ['/api/generate', {}],
      ['/api/chat', {}],
      ['/api/chat', { messages, options: null }],
    ] as const) {
      await postJson(reprise.port, path, { model: 'tiny', ...body })
      const expiresAt = Date.parse((await loaded())?.expires_at ?? '')
      expect(Math.round((expiresAt - Date.now()) / HALF_AN_HOUR_MS), path).toBe(1)
      durations.push(await probe({ prompt: `after ${durations.length}` }))
    }
    // Without num_thread Ollama starts the model anew: this is what a reload looks like here.
    const control = await askDirectly('/api/generate', {
      model: 'tiny',
      prompt: 'x',
      stream: false,
    })
    const reload = JSON.parse(control.body.toString()).load_duration
    expect(Math.max(...durations)).toBeLessThan(reload / 3)
  })
})
