import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ConfigInput } from '../../src/config/load.ts'
import { createManualClock } from '../support/clock.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { toStreamPlan } from '../support/origin-plan.ts'
import { exchange, postJson } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'

let origin: SimulatedOrigin
let reprise: TestServer | undefined
const clock = createManualClock(Date.now())

beforeEach(async () => {
  origin = await startOrigin()
})

afterEach(async () => {
  await reprise?.close()
  await origin.close()
})

async function start(flags: ConfigInput['flags'], dataDir?: string): Promise<TestServer> {
  const all = { 'overload.maxEventLoopDelayMs': 0, ...flags }
  const where = dataDir === undefined ? {} : { dataDir }
  reprise = await startReprise({ upstream: origin.url, clock, flags: all, ...where })
  return reprise
}

const ask = (server: TestServer, more: object = {}, headers: [string, string][] = []) =>
  postJson(server.port, '/api/generate', { model: 'tiny', prompt: 'a', ...more }, headers)

const runs = () => origin.calls('/api/generate').length

describe('mode observe', () => {
  it('answers nothing from the cache, and says what it would have done', async () => {
    const server = await start({ mode: 'observe' })
    await ask(server)
    const would = await ask(server)
    expect(would.header('cache-status')).toBe('reprise; fwd=bypass; detail=observed')
    expect(would.header('x-reprise-injected')).toContain('num_thread=6')
    expect(runs()).toBe(2)
    expect(await server.metric('reprise_observed_total{verdict="same"}')).toBe(1)
  })

  it('tells when the origin says something else now', async () => {
    const server = await start({ mode: 'observe' })
    await ask(server)
    const last = { model: 'tiny', response: 'other', done: true, done_reason: 'stop' }
    origin.answerWith('/api/generate', toStreamPlan([last]))
    await ask(server)
    expect(await server.metric('reprise_observed_total{verdict="different"}')).toBe(1)
  })
})

describe('mode offline', () => {
  it('gives what is kept, however old, and asks nobody for the rest', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'reprise-test-'))
    const first = await start({ 'ttl.text': '60s' }, dataDir)
    await ask(first)
    await first.close()
    clock.advance(100_000)
    const before = origin.allCalls.length
    const second = await start({ mode: 'offline' }, dataDir)
    expect((await ask(second)).header('x-cache')).toBe('STALE')
    expect((await ask(second, { prompt: 'unknown' })).status).toBe(504)
    expect(origin.allCalls).toHaveLength(before)
    await second.close()
    reprise = undefined
    rmSync(dataDir, { recursive: true })
  })

  it('answers for the origin what is known of it', async () => {
    const server = await start({ mode: 'offline' })
    const at = async (path: string) => (await exchange(server.port, { path })).status
    expect([await at('/'), await at('/api/version'), await at('/api/tags')]).toEqual([
      200, 200, 200,
    ])
    expect(await at('/api/ps')).toBe(504)
    const unknown = await ask(server)
    expect(unknown.status).toBe(504)
    expect(JSON.parse(unknown.body.toString()).error).toMatch(/mode=offline/)
    expect(origin.allCalls).toEqual([])
  })
})

describe('cache.variants', () => {
  it('keeps as many answers to one question, and gives them in turn', async () => {
    const server = await start({ 'cache.variants': 3 })
    for (const word of ['one', 'two', 'three']) {
      const last = { model: 'tiny', response: word, done: true, done_reason: 'stop' }
      origin.answerWith('/api/generate', toStreamPlan([last]))
    }
    const words = []
    for (let i = 0; i < 7; i++) {
      const answer = await ask(server, { options: { temperature: 0.9 }, stream: false })
      words.push(`${JSON.parse(answer.body.toString()).response} ${answer.header('x-cache')}`)
    }
    const made = ['one MISS', 'two MISS', 'three MISS']
    const given = ['one HIT', 'two HIT', 'three HIT']
    expect(words).toEqual([...made, ...given, 'one HIT'])
  })

  it('has one for a question that is pinned', async () => {
    const server = await start({ 'cache.variants': 3 })
    for (const options of [{ temperature: 0 }, { seed: 1, temperature: 1 }, { top_k: 1 }]) {
      await ask(server, { options })
      expect((await ask(server, { options })).header('x-cache')).toBe('HIT')
    }
  })
})

describe('lifetimes', () => {
  it('are those of the route, and of the client where it may choose', async () => {
    const server = await start({
      'ttl.routes': { '/api/generate': '10s' },
      'ttl.fromClient': true,
      'ttl.max': '100s',
      'stale.ifErrorSeconds': 0,
    })
    await ask(server)
    clock.advance(12_000)
    expect((await ask(server)).header('x-cache')).toBe('MISS')
    await ask(server, { prompt: 'b' }, [['X-Reprise-TTL', '50']])
    clock.advance(49_000)
    expect((await ask(server, { prompt: 'b' })).header('x-cache')).toBe('HIT')
    clock.advance(2_000)
    expect((await ask(server, { prompt: 'b' })).header('x-cache')).toBe('MISS')
  })

  it('of zero keep nothing', async () => {
    const server = await start({ 'ttl.text': 0 })
    await ask(server)
    expect((await ask(server)).header('x-cache')).toBe('MISS')
    expect(await server.metric('reprise_not_stored_total{reason="no-lifetime"}')).toBe(2)
  })
})
