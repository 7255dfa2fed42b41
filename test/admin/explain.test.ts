import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createManualClock, type ManualClock } from '../support/clock.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'
import { get, jsonOf, keeps, order } from './support/owner.ts'

let clock: ManualClock
let origin: SimulatedOrigin
let reprise: TestServer

beforeEach(async () => {
  clock = createManualClock(Date.now())
  origin = await startOrigin()
  reprise = await startReprise({ upstream: origin.url, clock, flags: { 'ttl.text': '1h' } })
})

afterEach(async () => {
  await reprise.close()
  await origin.close()
})

const CHAT = {
  model: 'tiny',
  messages: [
    { role: 'system', content: 'be short' },
    { role: 'user', content: 'hello' },
  ],
  tools: [{ type: 'function', function: { name: 'look', description: 'looks' } }],
  format: { type: 'object', properties: { a: { type: 'string' } } },
  options: { temperature: 0, seed: 7, num_ctx: 2048, top_k: 40, stop: ['x'] },
  think: false,
}

const explain = async (body: unknown, path = '/api/chat', more: object = {}) =>
  jsonOf(await order(reprise, '/reprise/explain', { path, body, ...more }, []))

describe('/reprise/explain', () => {
  it('says of a known request that it would be a hit, and from which entry', async () => {
    await postJson(reprise.port, '/api/chat', CHAT)
    await keeps(reprise, 1)
    clock.advance(10_000)
    const said = await explain(CHAT)
    const [{ key }] = (await get(reprise, '/reprise/entries')).entries
    expect(said).toMatchObject({
      key,
      route: '/api/chat',
      outcome: 'hit',
      reason: null,
      entry: { tier: 'memory', ageSeconds: 10 },
      nearest: null,
      injected: ['num_thread=6', 'keep_alive=30m', 'num_predict=4096'],
    })
    expect(said.entry.ttlSeconds).toBeGreaterThan(3000)
    expect(said.model).toEqual({
      asked: 'tiny',
      name: 'tiny:latest',
      digest: origin.world.models.get('tiny:latest')?.digest,
      version: origin.world.version,
      dateStamp: '',
    })
    expect(Object.keys(said.parts)).toEqual(
      expect.arrayContaining(['messages[0]', 'messages[1]', 'options.seed', 'origin.model']),
    )
  })

  it('neither forwards nor counts nor stores anything', async () => {
    await postJson(reprise.port, '/api/chat', CHAT)
    await keeps(reprise, 1)
    const before = await get(reprise, '/reprise/stats')
    const calls = origin.calls().length
    await explain(CHAT)
    await explain({ ...CHAT, think: true })
    await explain({ ...CHAT, options: { temperature: 1 } })
    expect(origin.calls().length).toBe(calls)
    const after = await get(reprise, '/reprise/stats')
    expect(after.requests).toEqual(before.requests)
    const { entries } = await get(reprise, '/reprise/entries')
    expect(entries.map(({ hits }: { hits: number }) => hits)).toEqual([0])
  })

  it('gives the reason of a bypass, and the setting that governs it', async () => {
    expect(await explain({ ...CHAT, options: { temperature: 0.9 } })).toMatchObject({
      key: null,
      outcome: 'bypass',
      reason: 'temperature',
      setting: 'sampling.maxTemperature',
    })
    expect(await explain({ model: 'gone', messages: CHAT.messages })).toMatchObject({
      outcome: 'bypass',
      reason: 'digest-unknown',
      setting: null,
    })
    expect(await explain({}, '/api/pull')).toMatchObject({ outcome: 'bypass', reason: 'route' })
    const twice = '{"path":"/api/generate","body":{"model":"tiny","prompt":"a","prompt":"b"}}'
    const said = jsonOf(await order(reprise, '/reprise/explain', twice, []))
    expect(said).toMatchObject({ outcome: 'bypass', reason: 'ambiguous-body', parts: null })
  })

  it('says that an entry has expired, or is not wanted', async () => {
    await postJson(reprise.port, '/api/chat', CHAT)
    await keeps(reprise, 1)
    const wish = { headers: { 'Cache-Control': 'no-cache' } }
    expect(await explain(CHAT, '/api/chat', wish)).toMatchObject({
      outcome: 'miss',
      reason: 'request',
      entry: { ageSeconds: 0 },
    })
    clock.advance(2 * 3600_000)
    const late = await explain(CHAT)
    expect(late).toMatchObject({ outcome: 'miss', reason: 'expired', nearest: null })
    expect(late.entry.ttlSeconds).toBeLessThan(0)
  })

  it('names the profile’s parameters, and a profile that there is none', async () => {
    const of = (profile: string) => ({ headers: { 'X-Reprise-Profile': profile } })
    const said = await explain(CHAT, '/api/chat', of('stage1'))
    expect(said.injected).toContain('num_predict=120')
    expect(await explain(CHAT, '/api/chat', of('none'))).toMatchObject({
      outcome: 'error',
      reason: expect.stringContaining('profile'),
    })
  })

  it('says which texts of an embedding request are known', async () => {
    await postJson(reprise.port, '/api/embed', { model: 'tiny', input: ['a', 'b'] })
    await keeps(reprise, 2)
    const said = await explain({ model: 'tiny', input: ['b', 'c'] }, '/api/embed')
    const outcomes = said.texts.map(({ outcome }: { outcome: string }) => outcome)
    expect([said.outcome, outcomes]).toEqual(['miss', ['hit', 'miss']])
    expect(await explain({ model: 'tiny', input: 'a' }, '/api/embed')).toMatchObject({
      outcome: 'hit',
    })
  })

  it.each([
    ['{', 'JSON'],
    ['{"path":"/api/chat"}', '"body"'],
    ['{"path":"http://elsewhere/","body":{}}', '"path" is no path'],
    ['{"path":"/api/chat","body":{},"headers":{"a":1}}', '"headers"'],
  ])('refuses %s', async (text, word) => {
    const answer = await order(reprise, '/reprise/explain', text, [])
    expect(answer.status).toBe(400)
    expect(jsonOf(answer).error).toContain(word)
  })
})

describe('the nearest entry', () => {
  const near = (change: object) => ({ ...CHAT, ...change })
  const option = (change: object) => near({ options: { ...CHAT.options, ...change } })
  const message = (at: number, change: object) =>
    near({ messages: CHAT.messages.map((each, i) => (i === at ? { ...each, ...change } : each)) })

  const CASES: [string[], object][] = [
    [['messages[0]'], message(0, { content: 'be shorter' })],
    [['messages[0]'], message(0, { role: 'user' })],
    [['messages[1]'], message(1, { content: 'hello ' })],
    [['messages[1]'], message(1, { content: 'Hello' })],
    [['messages[1]'], message(1, { thinking: 'hm' })],
    [['messages[2]'], near({ messages: [...CHAT.messages, { role: 'user', content: 'more' }] })],
    [['messages[1]'], near({ messages: CHAT.messages.slice(0, 1) })],
    [['messages[0]', 'messages[1]'], near({ messages: CHAT.messages.toReversed() })],
    [['think'], near({ think: true })],
    [['think'], near({ think: 'high' })],
    [['format'], near({ format: 'json' })],
    [['format'], near({ format: { type: 'object' } })],
    [['format'], near({ format: { properties: { a: { type: 'string' } }, type: 'object' } })],
    [['tools[0]'], near({ tools: [{ type: 'function', function: { name: 'find' } }] })],
    [['tools[1]'], near({ tools: [...CHAT.tools, { type: 'function' }] })],
    [['truncate'], near({ truncate: false })],
    [['shift'], near({ shift: true })],
    [['logprobs'], near({ logprobs: true })],
    [['top_logprobs'], near({ top_logprobs: 3 })],
    [['unknown_field'], near({ unknown_field: 1 })],
    [['options.seed'], option({ seed: 8 })],
    [['options.temperature'], option({ temperature: 0.1 })],
    [['options.num_ctx'], option({ num_ctx: 4096 })],
    [['options.top_k'], option({ top_k: 41 })],
    [['options.top_p'], option({ top_p: 0.5 })],
    [['options.min_p'], option({ min_p: 0.1 })],
    [['options.stop'], option({ stop: ['y'] })],
    [['options.stop'], option({ stop: ['x', 'y'] })],
    [['options.num_predict'], option({ num_predict: 10 })],
    [['options.num_thread'], option({ num_thread: 4 })],
    [['options.repeat_penalty'], option({ repeat_penalty: 1.5 })],
    [['options.repeat_last_n'], option({ repeat_last_n: 3 })],
    [['options.presence_penalty'], option({ presence_penalty: 1 })],
    [['options.frequency_penalty'], option({ frequency_penalty: 1 })],
    [['options.num_keep'], option({ num_keep: 5 })],
    [['options.num_batch'], option({ num_batch: 64 })],
    [['options.num_gpu'], option({ num_gpu: 0 })],
    [['options.unknown'], option({ unknown: 'x' })],
    [['options.seed', 'options.top_k'], option({ seed: 9, top_k: 3 })],
    [['origin.model'], near({ model: 'other' })],
  ]

  it('is told by the fields that differ, for each of 40 requests that nearly are the same', async () => {
    await postJson(reprise.port, '/api/chat', CHAT)
    // Further away than each of them: it must not be taken for the nearest.
    await postJson(reprise.port, '/api/chat', {
      model: 'tiny',
      messages: [{ role: 'user', content: 'x' }],
    })
    await keeps(reprise, 2)
    expect(CASES.length).toBe(40)
    for (const [differs, body] of CASES) {
      const said = await explain(body)
      expect([said.outcome, said.reason, said.nearest?.differs]).toEqual([
        'miss',
        'absent',
        differs,
      ])
    }
  })

  it('differs in the origin’s version after an upgrade', async () => {
    await postJson(reprise.port, '/api/chat', CHAT)
    await keeps(reprise, 1)
    origin.world.version = '0.33.0'
    clock.advance(5_000)
    expect((await explain(CHAT)).nearest.differs).toEqual(['origin.version'])
  })

  it('is none where no entry of the route is there', async () => {
    expect(await explain(CHAT)).toMatchObject({ outcome: 'miss', nearest: null })
  })
})
