import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/store/memory.ts'
import { createManualClock, type ManualClock } from '../support/clock.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson, send } from '../support/raw-client.ts'
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

const ask = (prompt: string, model = 'tiny') =>
  postJson(reprise.port, '/api/generate', { model, prompt })

const cacheOf = async (prompt: string, model = 'tiny') =>
  (await ask(prompt, model)).header('x-cache')

const purge = async (body: unknown) => jsonOf(await order(reprise, '/reprise/purge', body))

describe('/reprise/purge', () => {
  it('removes what matches from every tier, and nothing else', async () => {
    await ask('one')
    await ask('two', 'other')
    await keeps(reprise, 2)
    expect(await purge({ model: 'other' })).toEqual({ entries: 1, dryRun: false })
    expect(await cacheOf('one')).toBe('HIT')
    expect(await cacheOf('two', 'other')).toBe('MISS')
  })

  it('removes what is on its way to the disk', async () => {
    await ask('one')
    await reprise.flush()
    await ask('two')
    await keeps(reprise, 2)
    expect(await purge({ all: true })).toEqual({ entries: 2, dryRun: false })
    await reprise.flush()
    expect((await get(reprise, '/reprise/entries')).total).toBe(0)
    expect(await cacheOf('one')).toBe('MISS')
  })

  it('only counts where it is told to', async () => {
    await ask('one')
    await keeps(reprise, 1)
    expect(await purge({ all: true, dryRun: true })).toEqual({ entries: 1, dryRun: true })
    expect(await cacheOf('one')).toBe('HIT')
  })

  it('by age spares what is younger', async () => {
    await ask('old')
    await keeps(reprise, 1)
    clock.advance(60_000)
    await ask('new')
    await keeps(reprise, 2)
    expect((await purge({ olderThanSeconds: 30 })).entries).toBe(1)
    expect(await cacheOf('new')).toBe('HIT')
  })

  it.each([
    ['nothing', {}],
    ['all of it and a part of it', { all: true, model: 'tiny' }],
    ['what is no filter', { colour: 'red' }],
    ['what is no value', { dryRun: 'perhaps', all: true }],
    ['no JSON', '{'],
    ['no object', '[]'],
  ])('refuses %s, and removes nothing', async (_what, body) => {
    await ask('one')
    await keeps(reprise, 1)
    const answer = await order(reprise, '/reprise/purge', body)
    expect(answer.status).toBe(400)
    expect(await cacheOf('one')).toBe('HIT')
  })

  it('keeps what is being generated meanwhile from being stored, where it matches', async () => {
    const slow = origin.hold('/api/generate', 1)
    const body = JSON.stringify({ model: 'tiny', prompt: 'in the air' })
    const client = send(reprise.port, { method: 'POST', path: '/api/generate', body })
    await slow.arrived
    expect((await purge({ model: 'other' })).entries).toBe(0)
    expect((await purge({ model: 'tiny' })).entries).toBe(0)
    slow.release()
    expect((await client.answer).end).toBe('proved')
    // Who asks in the instant of the purge has asked before it.
    clock.advance(1)
    expect(await cacheOf('in the air')).toBe('MISS')
    await keeps(reprise, 1)
    expect(await cacheOf('in the air')).toBe('HIT')
    expect(await reprise.metric('reprise_not_stored_total{reason="purged"}')).toBe(1)
  })

  it('lets what is being generated meanwhile be stored, where it does not match', async () => {
    const slow = origin.hold('/api/generate', 1)
    const body = JSON.stringify({ model: 'tiny', prompt: 'in the air' })
    const client = send(reprise.port, { method: 'POST', path: '/api/generate', body })
    await slow.arrived
    await purge({ model: 'other' })
    await purge({ olderThanSeconds: 1 })
    slow.release()
    await client.answer
    await keeps(reprise, 1)
    expect(await cacheOf('in the air')).toBe('HIT')
  })
})

describe('/reprise/expire', () => {
  it('clears what has expired and spares the rest', async () => {
    // The thread of the database has the machine's clock; this store has the test's.
    const store = createMemoryStore(1024 ** 2, () => clock.now())
    const flags = { 'ttl.text': '1h' }
    const server = await startReprise({ upstream: origin.url, clock, store, flags })
    const send = (prompt: string) =>
      postJson(server.port, '/api/generate', { model: 'tiny', prompt })
    await send('old')
    await keeps(server, 1)
    clock.advance(2 * 3600_000)
    await send('new')
    await keeps(server, 2)
    const expire = async (body: unknown) => jsonOf(await order(server, '/reprise/expire', body))
    expect(await expire({ dryRun: true })).toEqual({ entries: 1, dryRun: true })
    expect(await expire({})).toEqual({ entries: 1, dryRun: false })
    expect((await get(server, '/reprise/entries')).total).toBe(1)
    expect((await send('new')).header('x-cache')).toBe('HIT')
    await server.close()
  })
})

describe('/reprise/stats/reset', () => {
  it('begins to count again, and leaves the metrics as they are', async () => {
    await ask('one')
    await keeps(reprise, 1)
    await ask('one')
    const series =
      'reprise_requests_total{endpoint="/api/generate",kind="text",model="tiny:latest",outcome="hit"}'
    clock.advance(5_000)
    const stats = jsonOf(await order(reprise, '/reprise/stats/reset'))
    expect(stats.requests).toMatchObject({ hit: 0, miss: 0 })
    expect(stats.saved.generations).toBe(0)
    expect(Date.parse(stats.countedSince) - Date.parse(stats.startedAt)).toBe(5_000)
    await ask('one')
    expect((await get(reprise, '/reprise/stats')).requests.hit).toBe(1)
    expect(await reprise.metric(series)).toBe(2)
  })
})
