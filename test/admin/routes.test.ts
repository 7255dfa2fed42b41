import { spawnSync } from 'node:child_process'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { STATS_SCHEMA } from '../../src/admin/stats-schema.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { exchange, postJson } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'

let origin: SimulatedOrigin
let reprise: TestServer

beforeAll(async () => {
  origin = await startOrigin()
  reprise = await startReprise({ upstream: origin.url })
  for (const prompt of ['one', 'one', 'two', 'one']) {
    await postJson(reprise.port, '/api/generate', { model: 'tiny', prompt })
  }
  await postJson(reprise.port, '/api/chat', {
    model: 'tiny',
    messages: [{ role: 'user', content: 'look', images: ['aGk='] }],
  })
  await postJson(reprise.port, '/api/embed', { model: 'tiny', input: 'x' })
})

afterAll(async () => {
  await reprise.close()
  await origin.close()
})

const get = (path: string) => exchange(reprise.port, { path })

describe('/reprise/stats', () => {
  it('has the published shape, and counts every request once', async () => {
    const stats = JSON.parse((await get('/reprise/stats')).body.toString())
    expect([...Value.Errors(STATS_SCHEMA, stats)]).toEqual([])
    expect(stats.requests).toEqual({ hit: 2, stale: 0, miss: 4, collapsed: 0, bypass: 0, error: 0 })
    expect(stats.hitRate).toBe(2 / 6)
    expect(stats.kinds.text.hitRate).toBe(0.5)
    expect(stats.kinds.vision).toMatchObject({ miss: 1, hit: 0, hitRate: 0 })
    expect(stats.kinds.embedding).toMatchObject({ miss: 1, hit: 0, hitRate: 0 })
    expect(stats.upstream).toEqual({
      url: origin.url,
      version: origin.world.version,
      answering: true,
    })
    expect(stats.saved).toMatchObject({ seconds: 4, generations: 2 })
    expect(stats.latencyMs.hit.p50).toBeLessThanOrEqual(stats.latencyMs.hit.p99)
  })

  it('agrees with the metrics', async () => {
    await reprise.flush()
    const stats = JSON.parse((await get('/reprise/stats')).body.toString())
    const series = (outcome: string) =>
      `reprise_requests_total{endpoint="/api/generate",kind="text",model="tiny:latest",outcome="${outcome}"}`
    expect(await reprise.metric(series('hit'))).toBe(stats.kinds.text.hit)
    expect(await reprise.metric(series('miss'))).toBe(stats.kinds.text.miss)
    expect(await reprise.metric('reprise_entries{tier="sqlite",kind="text"}')).toBe(2)
    expect(stats.entries.kinds.text.entries).toBe(2)
    const saved = 'reprise_saved_seconds_total{kind="text",model="tiny:latest"}'
    expect(await reprise.metric(saved)).toBeCloseTo(stats.saved.seconds)
  })
})

describe('/metrics', () => {
  const promtool = spawnSync('promtool', ['--version']).status === 0
  const isRequired = process.env.REPRISE_REQUIRE_TOOLS === '1'
  if (!promtool) console.log('skipped: promtool is not installed, so the metrics are not linted')

  it.runIf(promtool || isRequired)('has nothing that promtool would complain of', async () => {
    const { body } = await get('/metrics')
    const { stdout, stderr, status } = spawnSync('promtool', ['check', 'metrics'], { input: body })
    expect(`${stdout}${stderr}`).toBe('')
    expect(status).toBe(0)
  })

  it('stays bounded however many models are invented', async () => {
    for (let i = 0; i < 60; i++) {
      await postJson(reprise.port, '/api/generate', { model: `invented-${i}`, prompt: 'x' })
    }
    const text = (await get('/metrics')).body.toString()
    const models = new Set([...text.matchAll(/model="([^"]*)"/g)].map(([, model]) => model))
    expect([...models].sort()).toEqual(
      ['none', 'other', 'tiny:latest'].filter((m) => models.has(m)).sort(),
    )
  })

  it('is read with GET only', async () => {
    const answer = await exchange(reprise.port, { method: 'POST', path: '/metrics', body: '' })
    expect(answer.status).toBe(405)
    expect(answer.header('allow')).toBe('GET')
  })
})

describe('/reprise/ready', () => {
  it('asks the origin only when it is told to', async () => {
    expect(JSON.parse((await get('/reprise/ready')).body.toString())).toEqual({ state: 'serving' })
    const asked = JSON.parse((await get('/reprise/ready?upstream=1')).body.toString())
    expect(asked.upstream).toEqual({ answering: true, version: origin.world.version })
  })

  it('stays ready without an origin, unless that is what was asked', async () => {
    const gone = await startOrigin()
    const alone = await startReprise({ upstream: gone.url })
    await gone.close()
    expect((await exchange(alone.port, { path: '/reprise/ready' })).status).toBe(200)
    expect((await exchange(alone.port, { path: '/reprise/ready?upstream=1' })).status).toBe(503)
    expect((await exchange(alone.port, { path: '/reprise/health' })).status).toBe(200)
    await alone.close()
  })
})

describe('the log', () => {
  it('has a line for each request, and neither prompt, answer, query nor credentials', async () => {
    const secret = 'a-very-secret-text'
    await postJson(reprise.port, `/api/generate?q=${secret}`, { model: 'tiny', prompt: secret }, [
      ['Authorization', `Bearer ${secret}`],
    ])
    await postJson(reprise.port, '/api/generate', { model: 'tiny', prompt: secret })
    const lines = JSON.stringify(reprise.log)
    expect(lines).not.toContain(secret)
    expect(lines).not.toContain('漢字')
    const hit = reprise.log.find((line) => line.outcome === 'hit')
    expect(hit).toMatchObject({
      route: '/api/generate',
      model: 'tiny:latest',
      status: 200,
      savedMs: 2000,
    })
    expect(Object.keys(hit ?? {})).toEqual(expect.arrayContaining(['ms', 'bytes']))
  })
})
