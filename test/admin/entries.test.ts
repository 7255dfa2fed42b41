import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createManualClock } from '../support/clock.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { exchange, postJson } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'
import { get, jsonOf, keeps } from './support/owner.ts'

const clock = createManualClock(Date.now())
let origin: SimulatedOrigin
let reprise: TestServer

beforeAll(async () => {
  origin = await startOrigin()
  reprise = await startReprise({ upstream: origin.url, clock })
  await postJson(reprise.port, '/api/generate', { model: 'tiny', prompt: 'first' })
  await postJson(reprise.port, '/api/chat', {
    model: 'other',
    messages: [{ role: 'user', content: 'second' }],
  })
  await keeps(reprise, 2)
  clock.advance(1_000)
  await postJson(reprise.port, '/api/generate', { model: 'other', prompt: 'third' })
  await keeps(reprise, 3)
  await postJson(reprise.port, '/api/generate', { model: 'other', prompt: 'third' })
})

afterAll(async () => {
  await reprise.close()
  await origin.close()
})

const list = (query = '') => get(reprise, `/reprise/entries${query}`)

describe('/reprise/entries', () => {
  it('says of each entry all but its text, the newest first', async () => {
    const { total, offset, entries } = await list()
    expect({ total, offset }).toEqual({ total: 3, offset: 0 })
    expect(entries[0]).toEqual({
      key: expect.stringMatching(/^[0-9a-f]{64}$/),
      route: '/api/generate',
      kind: 'text',
      model: 'other',
      digest: origin.world.models.get('other:latest')?.digest,
      storedAt: expect.stringMatching(/^\d{4}(-\d\d){2}T[\d:.]+Z$/),
      expiresAt: expect.any(String),
      ageSeconds: expect.any(Number),
      costMs: 2000,
      tokens: expect.any(Number),
      bytes: expect.any(Number),
      hits: 1,
      hitAt: expect.any(String),
    })
    expect(entries[1].hitAt).toBeNull()
    expect(JSON.stringify(entries)).not.toContain('third')
  })

  it.each([
    ['?model=tiny', 1],
    ['?model=TINY:latest', 1],
    ['?route=/api/generate', 2],
    ['?route=/api/generate&model=other', 1],
    ['?kind=vision', 0],
    ['?minHits=1', 1],
    ['?maxHits=0', 2],
    ['?minBytes=1', 3],
    ['?maxBytes=1', 0],
    ['?newerThanSeconds=0.5', 1],
    ['?olderThanSeconds=0.5', 2],
    ['?limit=1', 3],
  ])('%s matches %d', async (query, total) => {
    expect((await list(query)).total).toBe(total)
  })

  it('finds by key and by its first digits', async () => {
    const [{ key }] = (await list()).entries
    expect((await list(`?key=${key}`)).entries.map((each: { key: string }) => each.key)).toEqual([
      key,
    ])
    expect((await list(`?prefix=${key.slice(0, 9).toUpperCase()}`)).total).toBe(1)
  })

  it('sorts and pages', async () => {
    const models = async (query: string) =>
      (await list(query)).entries.map(({ model, hits }: { model: string; hits: number }) => [
        model,
        hits,
      ])
    expect(await models('?sort=hits&limit=1')).toEqual([['other', 1]])
    expect(await models('?sort=model&order=ascending&offset=2')).toEqual([['tiny', 0]])
    expect(await models('?offset=3')).toEqual([])
  })

  it.each([
    ['?kind=audio', 'kind: "audio" is not allowed; allowed: text, vision or embedding'],
    ['?limit=0', 'limit: 0 is not allowed; allowed: a number from 1 to 1000'],
    ['?limit=x', 'limit: "x" is not allowed'],
    ['?prefix=xyz', 'allowed: the first hexadecimal digits of keys'],
    ['?sort=colour', 'one of storedAt, expiresAt'],
    ['?colour=red&kind=x', 'colour is no parameter; there are: key, prefix, model'],
    ['?model=a&model=b', 'model: ["a","b"] is not allowed'],
  ])('says of %s what is allowed', async (query, sentence) => {
    const answer = await exchange(reprise.port, { path: `/reprise/entries${query}` })
    expect(answer.status).toBe(400)
    expect(jsonOf(answer).error).toContain(sentence)
  })
})
