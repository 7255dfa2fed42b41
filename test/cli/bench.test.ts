import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ConfigInput } from '../../src/config/load.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { postJson } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'
import { reprise } from './support/command.ts'

let origin: SimulatedOrigin
let server: TestServer

beforeEach(async () => {
  origin = await startOrigin()
})

afterEach(async () => {
  await server.close()
  await origin.close()
})

async function start(flags: ConfigInput['flags'] = {}): Promise<string[]> {
  server = await startReprise({ upstream: origin.url, flags })
  return ['--listen', `127.0.0.1:${server.port}`]
}

const FEW = ['--questions', '3', '--times', '4', '--connections', '2']

describe('reprise bench', () => {
  it('asks what nobody has asked, and then the same again', async () => {
    const listen = await start()
    const { status, out } = await reprise(['bench', ...FEW, '--model', 'tiny', '--json', ...listen])
    expect(status).toBe(0)
    const result = JSON.parse(out)
    expect(result).toMatchObject({ model: 'tiny', requests: 3 + 2 * 12, notHits: 0 })
    expect(result.hit.p50).toBeLessThanOrEqual(result.hit.p99)
    expect(server.stats().requests).toMatchObject({ miss: 1 + 3, hit: 24 })
    const again = await reprise(['bench', ...FEW, '--model', 'tiny', '--json', ...listen])
    expect(JSON.parse(again.out).notHits).toBe(0)
    expect(server.stats().requests.miss).toBe(2 * 4)
  })

  it('takes the smallest model, says what it sent, and sends little', async () => {
    const listen = await start()
    const { out } = await reprise(['bench', ...FEW, ...listen])
    expect(out).toMatch(/^3 new questions to \S+ \(POST \/api\/generate.*num_predict 16/)
    expect(out).toMatch(/^miss( +[\d.]+ ms){3}$/m)
    expect(out).toMatch(/hits a second over 2 connections/)
    const sent = origin.calls('/api/generate').map(({ body }) => JSON.parse(body.toString()))
    expect(sent.map(({ options }) => options.num_predict)).toEqual([16, 16, 16, 16])
  })

  it('says where the cache is not asked, and what to do', async () => {
    const listen = await start({ 'cache.enabled': false })
    const { status, err } = await reprise(['bench', '--model', 'tiny', ...listen])
    expect(status).toBe(1)
    expect(err).toMatch(/cache is not asked .*reprise doctor/)
  })

  it('says why a model cannot be asked', async () => {
    const listen = await start()
    const { status, err } = await reprise(['bench', '--model', 'nobody', ...listen])
    expect(status).toBe(1)
    expect(err).toMatch(/nobody cannot be measured: 404 .*--model/)
  })
})

describe('reprise models', () => {
  it('lists what is kept of each model and what it saved', async () => {
    const listen = await start()
    const question = { model: 'tiny', prompt: 'again' }
    await postJson(server.port, '/api/generate', question)
    await postJson(server.port, '/api/generate', question)
    await server.flush()
    const { out } = await reprise(['models', ...listen])
    const lines = out.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^model +digest +in memory +entries +size +hits +hit rate +saved$/)
    const row = lines.find((line) => line.startsWith('tiny:latest'))?.split(/ {2,}/) ?? []
    expect(row).toEqual([
      ...['tiny:latest', expect.stringMatching(/^[0-9a-f]{12}$/), '10.5 MiB', '1'],
      ...[expect.stringMatching(/^\d+ B$/), '1', '50.0 %', '2.0 s'],
    ])
    const json = await reprise(['models', '--json', ...listen])
    expect(JSON.parse(json.out).models[0].bytes).toBeGreaterThan(0)
  })
})
