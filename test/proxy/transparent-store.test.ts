import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RepriseError } from '../../src/errors.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { emptyKinds, type Store } from '../../src/store/store.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'

let origin: SimulatedOrigin
let reprise: TestServer

const fail = (): never => {
  throw new RepriseError('store-failed', 'on purpose')
}

/** A store that throws on each call, now or later. */
const STORES: Record<string, Store> = {
  'throws at once': {
    ...{ get: fail, survey: fail, touch: fail, put: fail, remove: fail, usage: fail },
    ...{ flush: fail, close: fail },
  },
  'rejects later': {
    get: async () => fail(),
    survey: async () => fail(),
    touch: fail,
    put: fail,
    remove: fail,
    usage: () => [{ tier: 'sqlite', kinds: emptyKinds() }],
    flush: async () => fail(),
    close: async () => fail(),
  },
}

beforeAll(async () => {
  origin = await startOrigin()
})

afterAll(() => origin.close())

describe.each(Object.entries(STORES))('a store that %s', (_name, store) => {
  it('is never noticed by a client, and is counted', async () => {
    reprise = await startReprise({ upstream: origin.url, store })
    for (const more of [{}, { stream: false }]) {
      const body = { model: 'tiny', prompt: 'faulty', ...more }
      for (let i = 0; i < 2; i++) {
        const answer = await postJson(reprise.port, '/api/generate', body)
        const sent = origin.calls('/api/generate').at(-1)?.json
        const direct = await postJson(origin.port, '/api/generate', { ...sent, ...more })
        expect(answer.status).toBe(200)
        expect(answer.header('x-cache')).toBe('MISS')
        expect(answer.body.toString()).toBe(direct.body.toString())
      }
    }
    expect(await reprise.metric('reprise_store_events_total{event="fault"}')).toBeGreaterThan(0)
    await reprise.close()
  })
})

describe('a cache that is switched off', () => {
  it('looks nothing up and stores nothing, and still puts parameters in', async () => {
    const store = createMemoryStore(1e6)
    const off = await startReprise({
      upstream: origin.url,
      store,
      flags: { 'cache.enabled': false },
    })
    for (let i = 0; i < 2; i++) {
      const answer = await postJson(off.port, '/api/generate', { model: 'tiny', prompt: 'off' })
      expect(answer.header('cache-status')).toBe('reprise; fwd=bypass; detail=disabled')
      expect(answer.header('x-reprise-injected')).toMatch(/num_thread=6/)
    }
    expect(store.usage()[0]?.kinds.text.entries).toBe(0)
    await off.close()
  })

  it('by mode off passes everything through untouched', async () => {
    const off = await startReprise({ upstream: origin.url, flags: { mode: 'off' } })
    const body = '{"model":"tiny","prompt":"off"}'
    const answer = await postJson(off.port, '/api/generate', body)
    expect(answer.header('x-reprise-injected')).toBeUndefined()
    expect(answer.header('x-cache')).toBe('BYPASS')
    expect(origin.calls('/api/generate').at(-1)?.body.toString()).toBe(body)
    await off.close()
  })
})

describe('requests that differ', () => {
  const base = {
    model: 'tiny',
    prompt: 'p',
    system: 's',
    options: { seed: 1 },
    format: { a: 1, b: 2 },
  }

  it('only in the last byte of a prompt of 20 KB or 200 KB never share an answer', async () => {
    reprise = await startReprise({ upstream: origin.url })
    for (const size of [20_000, 200_000]) {
      const texts = ['a', 'b'].map((end) => `${'x'.repeat(size)}${end}`)
      const answers = []
      for (const prompt of texts) {
        answers.push(await postJson(reprise.port, '/api/generate', { model: 'tiny', prompt }))
      }
      expect(answers.map((answer) => answer.header('x-cache'))).toEqual(['MISS', 'MISS'])
      expect(answers[0]?.body.toString()).not.toBe(answers[1]?.body.toString())
    }
  })

  it.each([
    ['an option', { ...base, options: { seed: 2 } }],
    ['another option', { ...base, options: { seed: 1, num_ctx: 512 } }],
    ['the system text', { ...base, system: 'S' }],
    ['the order of a schema', { ...base, format: { b: 2, a: 1 } }],
    ['an image', { ...base, images: ['aGk='] }],
    ['a field nobody knows', { ...base, future: true }],
    ['thinking', { ...base, think: true }],
  ])('in %s never share an answer', async (_what, other) => {
    await postJson(reprise.port, '/api/generate', base)
    expect((await postJson(reprise.port, '/api/generate', base)).header('x-cache')).toBe('HIT')
    expect((await postJson(reprise.port, '/api/generate', other)).header('x-cache')).toBe('MISS')
  })

  it('in the order of tools never share an answer', async () => {
    const tools = ['a', 'b'].map((name) => ({ type: 'function', function: { name } }))
    const messages = [{ role: 'user', content: 'x' }]
    const ask = (each: unknown[]) =>
      postJson(reprise.port, '/api/chat', { model: 'tiny', messages, tools: each })
    await ask(tools)
    expect((await ask(tools)).header('x-cache')).toBe('HIT')
    expect((await ask(tools.toReversed())).header('x-cache')).toBe('MISS')
    await reprise.close()
  })
})
