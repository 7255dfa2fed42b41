import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listLoaded } from '../../src/models/loaded.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'
import { get, keeps } from './support/owner.ts'

let origin: SimulatedOrigin
let reprise: TestServer

beforeAll(async () => {
  origin = await startOrigin()
  reprise = await startReprise({ upstream: origin.url })
  for (const prompt of ['one', 'one', 'two']) {
    await postJson(reprise.port, '/api/generate', { model: 'tiny', prompt })
  }
  await keeps(reprise, 2)
})

afterAll(async () => {
  await reprise.close()
  await origin.close()
})

describe('GET /reprise/models', () => {
  it('says of each model what is kept of it, how often it was answered, and whether it is loaded', async () => {
    const { loadState, models } = await get(reprise, '/reprise/models')
    expect(loadState).toBe('known')
    expect(models).toEqual([
      {
        name: 'tiny:latest',
        digest: origin.world.models.get('tiny:latest')?.digest,
        loaded: { bytes: 10_989_075, gpuBytes: 0, until: '2026-01-01T00:00:00.123456789Z' },
        entries: 2,
        bytes: expect.any(Number),
        requests: { hit: 1, stale: 0, miss: 2, collapsed: 0, bypass: 0, error: 0 },
        hitRate: 1 / 3,
        savedSeconds: 2,
      },
      expect.objectContaining({ name: 'other:latest', loaded: null, entries: 0, hitRate: null }),
    ])
  })

  it('says that it does not know where the origin does not answer', async () => {
    const silent = await startReprise({ upstream: 'http://127.0.0.1:9' })
    expect(await get(silent, '/reprise/models')).toEqual({ loadState: 'unknown', models: [] })
    await silent.close()
  })
})

describe('the list of what is loaded', () => {
  const askFor = (body: unknown, status = 200) =>
    listLoaded(async () => ({ status, headers: {}, body: Buffer.from(JSON.stringify(body)) }))

  it('takes what old versions leave out as not said', async () => {
    expect(await askFor({ models: [{ name: 'a', digest: 'd' }, null, { name: 7 }] })).toEqual([
      { name: 'a', digest: 'd', bytes: null, gpuBytes: null, until: null },
    ])
  })

  it('is not known where the answer is none', async () => {
    expect(await askFor({ models: [] }, 500)).toBeUndefined()
    expect(await askFor({ error: 'no' })).toBeUndefined()
    expect(await listLoaded(() => Promise.reject(new Error('refused')))).toBeUndefined()
  })
})
