import { describe, expect, it } from 'vitest'
import { exchange } from '../support/raw-client.ts'
import { DIALECTS, openDialects } from './support/stage.ts'

const messages = [{ role: 'user', content: 'Hello' }]

describe('a query', () => {
  it.each(DIALECTS)('of $path is allowed where Ollama’s clients send one', async (dialect) => {
    const { path, body } = dialect
    const stage = await openDialects()
    const isAllowed = path === '/v1/responses' || path === '/v1/messages'
    const words = []
    for (const query of ['?beta=true', '?beta=true', '']) {
      words.push((await stage.ask(`${path}${query}`, body)).header('x-cache'))
    }
    expect(words).toEqual(isAllowed ? ['MISS', 'HIT', 'HIT'] : ['BYPASS', 'BYPASS', 'MISS'])
    expect(stage.origin.calls(path)[0]?.path).toBe(`${path}?beta=true`)
  })
})

describe('a compressed body', () => {
  it.each(DIALECTS)('of $path goes through untouched and unread', async ({ path }) => {
    const stage = await openDialects({ 'inject.enabled': true })
    // Whatever is in it: nothing of it is looked at.
    const body = Buffer.from('28b52ffd04000100', 'hex')
    for (const encoding of ['zstd', 'gzip']) {
      const answer = await exchange(stage.reprise.port, {
        method: 'POST',
        path,
        headers: [
          ['Content-Encoding', encoding],
          ['Content-Type', 'application/json'],
        ],
        body,
      })
      expect(answer.header('cache-status')).toBe('reprise; fwd=bypass; detail=encoding')
      const call = stage.origin.calls(path).at(-1)
      expect(call?.body).toEqual(body)
      expect(call?.headers).toContainEqual(['Content-Encoding', encoding])
    }
  })
})

describe('while nothing is translated', () => {
  it('no two routes share an answer, equal bodies or not', async () => {
    const stage = await openDialects({ 'dialects.translate': false })
    const body = { messages, prompt: 'Hello', input: 'Hello', max_tokens: 9, stream: true }
    const paths = ['/api/chat', '/api/generate', ...DIALECTS.map(({ path }) => path)]
    for (const path of paths) {
      expect((await stage.ask(path, body)).header('x-cache')).toBe('MISS')
      expect((await stage.ask(path, body)).header('x-cache')).toBe('HIT')
      expect(stage.origin.calls(path)).toHaveLength(1)
    }
  })

  it('nothing is put into requests that could not carry it', async () => {
    const stage = await openDialects({
      'dialects.translate': false,
      'inject.enabled': true,
      'inject.numThread.value': 3,
    })
    for (const { path, body } of DIALECTS) {
      const answer = await stage.ask(path, body)
      expect(answer.header('x-reprise-injected')).toBeUndefined()
      expect(stage.origin.calls(path)[0]?.json).not.toHaveProperty('options')
    }
  })
})

describe('what Ollama would not answer', () => {
  it.each([
    ['/v1/chat/completions', {}],
    ['/v1/chat/completions', { messages: [] }],
    ['/v1/messages', { messages }],
    ['/v1/messages', { messages: [], max_tokens: 3 }],
    ['/v1/chat/completions', { model: 'nosuch', messages }],
    ['/v1/completions', { model: 'nosuch', prompt: 'x', stream: true }],
    ['/v1/responses', { model: 'nosuch', input: 'x' }],
    ['/v1/messages', { model: 'nosuch', messages, max_tokens: 3, stream: true }],
  ])('of %s %j is told in Ollama’s words, and never kept', async (path, body) => {
    const stage = await openDialects({ 'dialects.translate': false })
    const direct = await stage.direct(path, body)
    expect(direct.status).toBeGreaterThanOrEqual(400)
    for (const _ of [1, 2]) {
      const answer = await stage.ask(path, body)
      expect([answer.status, answer.body.toString()]).toEqual([
        direct.status,
        direct.body.toString(),
      ])
    }
  })

  it('loads the model and is not kept', async () => {
    const stage = await openDialects()
    const load = await stage.ask('/v1/completions', { prompt: '' })
    expect(load.header('cache-status')).toBe('reprise; fwd=bypass; detail=load')
  })
})
