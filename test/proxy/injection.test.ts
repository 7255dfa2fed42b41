import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'

let origin: SimulatedOrigin
let reprise: TestServer

beforeAll(async () => {
  origin = await startOrigin()
  reprise = await startReprise({ upstream: origin.url })
})

afterAll(async () => {
  await reprise.close()
  await origin.close()
})

/** Sends a body and gives what the origin saw, and what the client was told. */
async function sendThrough(path: string, body: unknown, profile?: string) {
  const headers = profile === undefined ? [] : ([['X-Reprise-Profile', profile]] as const)
  const answer = await postJson(reprise.port, path, body, headers)
  const call = origin.calls(path).at(-1)
  return { answer, json: call?.json ?? {}, body: call?.body.toString() ?? '', call }
}

describe('what the origin sees', () => {
  it.each(['/api/generate', '/api/chat'])(
    'of %s has the three parameters, and the client is told',
    async (path) => {
      const { answer, json } = await sendThrough(path, {
        model: 'tiny',
        prompt: 'a',
        messages: [{ role: 'user', content: 'a' }],
      })
      expect(json.options).toEqual({ num_thread: 6, num_predict: 4096 })
      expect(json.keep_alive).toBe('30m')
      expect(answer.header('x-reprise-injected')).toBe(
        'num_thread=6, keep_alive=30m, num_predict=4096',
      )
    },
  )

  it('keeps every other byte the client sent', async () => {
    const sent =
      '{ "model" : "tiny",\t"prompt":"\\u00e9 \\/ é", "options": {"seed": 1.50e1, "x":[ 1 ]}, "y":9007199254740993 }'
    const { body } = await sendThrough('/api/generate', sent)
    const without = body
      .replace(/"num_thread":6,?|"num_predict":4096,?|"keep_alive":"30m",?/g, '')
      .replace(/,(\s*})/g, '$1')
    expect(without.replace(/\s/g, '')).toBe(sent.replace(/\s/g, ''))
    for (const part of ['"\\u00e9 \\/ é"', '1.50e1', '[ 1 ]', '9007199254740993']) {
      expect(body).toContain(part)
    }
  })

  it('of embeddings and load requests has what concerns the loading', async () => {
    for (const [word, path, body] of [
      ['MISS', '/api/embed', { model: 'tiny', input: ['a'] }],
      ['MISS', '/api/embeddings', { model: 'tiny', prompt: 'a' }],
      ['BYPASS', '/api/generate', { model: 'tiny' }],
      ['BYPASS', '/api/chat', { model: 'tiny', messages: [] }],
    ] as const) {
      const { answer, json } = await sendThrough(path, body)
      expect(json.options).toEqual({ num_thread: 6 })
      expect(json.keep_alive).toBe('30m')
      expect(answer.header('x-cache')).toBe(word)
    }
  })

  it('of an unload request is what the client sent', async () => {
    const { body, answer } = await sendThrough('/api/generate', { model: 'tiny', keep_alive: 0 })
    expect(body).toBe('{"model":"tiny","keep_alive":0}')
    expect(answer.header('cache-status')).toBe('reprise; fwd=bypass; detail=unload')
    expect(answer.header('x-reprise-injected')).toBeUndefined()
  })

  it.each(['stage1', 'stage2'])(
    'of a request with the profile %s has its cap and temperature, and not its header',
    async (profile) => {
      const cap = profile === 'stage1' ? 120 : 160
      const { answer, json, call } = await sendThrough(
        '/api/generate',
        { model: 'tiny', prompt: profile },
        profile,
      )
      expect(json.options).toEqual({ num_thread: 6, num_predict: cap, temperature: 0.3 })
      expect(answer.header('x-reprise-injected')).toMatch(
        new RegExp(`num_predict=${cap}, temperature=0.3$`),
      )
      expect(call?.headers.some(([name]) => /profile/i.test(name))).toBe(false)
    },
  )

  it('of an ambiguous body is what the client sent, and nothing is cached', async () => {
    const sent = '{"model":"tiny","prompt":"a","prompt":"b"}'
    const { body, answer } = await sendThrough('/api/generate', sent)
    expect(body).toBe(sent)
    expect(answer.header('cache-status')).toBe('reprise; fwd=bypass; detail=ambiguous-body')
  })
})

describe('a profile that does not exist', () => {
  it('is an error that names the header, in Ollama’s shape', async () => {
    const { answer } = await sendThrough('/api/generate', { model: 'tiny', prompt: 'a' }, 'nope')
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body.toString()).error).toMatch(/X-Reprise-Profile/)
  })
})

describe('a bypass', () => {
  it.each([
    ['temperature', { model: 'tiny', prompt: 'a', options: { temperature: 0.9 } }],
    ['pin', { model: 'tiny', prompt: 'a', keep_alive: -1 }],
    ['unload', { model: 'tiny', prompt: 'a', keep_alive: 0 }],
    ['debug', { model: 'tiny', prompt: 'a', _debug_render_only: true }],
    ['remote-model', { model: 'tiny:cloud', prompt: 'a' }],
    ['invalid-field', { model: 'tiny', prompt: 'a', keep_alive: '10' }],
    ['digest-unknown', { model: 'nosuch', prompt: 'a' }],
    ['load', { model: 'tiny' }],
  ])('says %s in the header, in the metric and in the log', async (reason, body) => {
    const series = `reprise_bypasses_total{reason="${reason}"}`
    const before = await reprise.metric(series)
    const { answer } = await sendThrough('/api/generate', body)
    expect(answer.header('cache-status')).toBe(`reprise; fwd=bypass; detail=${reason}`)
    expect(answer.header('x-cache')).toBe('BYPASS')
    expect(await reprise.metric(series)).toBe(before + 1)
    expect(reprise.log.some((line) => line.outcome === 'bypass' && line.reason === reason)).toBe(
      true,
    )
  })

  it('is taken for a query string and for an encoded body', async () => {
    const body = { model: 'tiny', prompt: 'a' }
    const query = await postJson(reprise.port, '/api/generate?x=1', body)
    expect(query.header('cache-status')).toBe('reprise; fwd=bypass; detail=query')
    const encoded = await postJson(reprise.port, '/api/generate', body, [
      ['Content-Encoding', 'zstd'],
    ])
    expect(encoded.header('cache-status')).toBe('reprise; fwd=bypass; detail=encoding')
  })
})

describe('an answer that ends at our cap', () => {
  it('is counted, and one that ends at the client’s own limit is not', async () => {
    const capped = await startReprise({
      upstream: origin.url,
      flags: { 'inject.maxTokens.value': 3 },
    })
    await postJson(capped.port, '/api/generate', { model: 'tiny', prompt: 'long' })
    const own = { model: 'tiny', prompt: 'long', options: { num_predict: 2 } }
    await postJson(capped.port, '/api/generate', own)
    expect(await capped.metric('reprise_capped_total{model="tiny:latest"}')).toBe(1)
    await capped.close()
  })
})
