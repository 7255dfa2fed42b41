import type { RegistryOptions } from '../../../src/models/registry.ts'

type Ask = RegistryOptions['ask']

/** What the origin has at this moment; tests change it between readings. */
export interface FakeOrigin {
  readonly ask: Ask
  readonly log: readonly string[]
  version: string
  /** Entries of `/api/tags`, as the origin writes them. */
  tags: { name: string; digest: string; remote_host?: string }[]
  /** Template by model name; a model without one cannot be shown (404). */
  templates: Record<string, string>
  date: string | undefined
  state: 'up' | 'down' | 'broken'
  /** Holds every answer to the path back until the returned function is called. */
  hold(path: string): () => void
  /** How often the path was asked. */
  count(path: string): number
}

/** Answers as Ollama does (corpus 001, 005, 011), from what the test put in. */
export function createFakeOrigin(): FakeOrigin {
  const log: string[] = []
  const holds = new Map<string, Promise<void>>()
  const origin: FakeOrigin = {
    log,
    version: '0.24.0',
    tags: [],
    templates: {},
    date: undefined,
    state: 'up',
    hold(path) {
      let release = (): void => {}
      holds.set(path, new Promise((resolve) => (release = resolve)))
      return () => {
        holds.delete(path)
        release()
      }
    },
    count: (path) => log.filter((asked) => asked === path).length,
    async ask(path, options) {
      log.push(path)
      if (origin.state === 'down') throw Object.assign(new Error('down'), { code: 'ECONNREFUSED' })
      const answer = answerOf(origin, path, options?.body)
      await holds.get(path)
      return answer
    },
  }
  return origin
}

/** Made when the question arrives: a held answer tells of the time before it was held. */
function answerOf(origin: FakeOrigin, path: string, body = '{}'): Awaited<ReturnType<Ask>> {
  const headers = origin.date === undefined ? {} : { date: origin.date }
  const reply = (status: number, value: unknown) => {
    return { status, headers, body: Buffer.from(JSON.stringify(value)) }
  }
  if (origin.state === 'broken') return reply(500, { error: 'broken' })
  if (path === '/api/version') return reply(200, { version: origin.version })
  if (path === '/api/tags') return reply(200, { models: origin.tags })
  const template = origin.templates[(JSON.parse(body) as { model: string }).model]
  return template === undefined ? reply(404, { error: 'not found' }) : reply(200, { template })
}
