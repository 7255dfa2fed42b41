import { afterEach, describe, expect, it } from 'vitest'
import { createManualClock } from '../support/clock.ts'
import { type SimulatedOrigin, startOrigin } from '../support/origin.ts'
import { exchange, postJson, send } from '../support/raw-client.ts'
import { startReprise, type TestServer } from '../support/reprise.ts'
import { scrape, sumOf } from './support/samples.ts'

const PATH = '/api/generate'
const QUESTION = { model: 'tiny', prompt: 'why?' }

let origin: SimulatedOrigin
let reprise: TestServer
const clock = createManualClock()

async function open(flags: Parameters<typeof startReprise>[0]['flags'] = {}): Promise<void> {
  origin = await startOrigin()
  reprise = await startReprise({ upstream: origin.url, clock, flags })
}

afterEach(async () => {
  await reprise.close()
  await origin.close()
})

const ask = (more: object = {}) => postJson(reprise.port, PATH, { ...QUESTION, ...more })

/** Asks, and lets 700 ms pass before the first frame and 40 before the sixth, as another client sees that it has come. */
async function askSlowly(more: object = {}) {
  const [head, frame] = [origin.hold(PATH, 'headers'), origin.hold(PATH, 5)]
  const coming = ask(more)
  await head.arrived
  clock.advance(700)
  const body = JSON.stringify(QUESTION)
  const witness = send(reprise.port, { method: 'POST', path: PATH, body })
  head.release()
  await witness.received(1)
  clock.advance(40)
  frame.release()
  return coming
}

describe('Server-Timing', () => {
  it('tells of a stream what is over when its headers go out', async () => {
    await open()
    expect((await askSlowly()).header('server-timing')).toBe(
      'firstFrame;dur=700.00, total;dur=700.00',
    )
  })

  it('tells of a whole answer what the origin says of its time, and that of the generation', async () => {
    await open()
    const timing = (await askSlowly({ stream: false })).header('server-timing')
    expect(timing).toMatch(/^load;dur=[\d.]+, prompt;dur=.+, generate;dur=40.00, total;dur=740.00$/)
  })

  it('stands on hits and on errors, and on nothing that was refused', async () => {
    await open()
    await ask()
    expect((await ask()).header('server-timing')).toBe('total;dur=0.00')
    for (let i = 0; i < 4; i++) origin.fail(PATH, { kind: 'reset-before-headers' })
    const failed = await ask({ prompt: 'new' })
    expect([failed.status, failed.header('server-timing')]).toEqual([502, 'total;dur=0.00'])
    for (const header of [
      ['Origin', 'http://evil.example'],
      ['Host', 'evil.example'],
    ] as const) {
      const refused = await exchange(reprise.port, { path: '/api/tags', headers: [header] })
      expect([refused.status, refused.header('server-timing')]).toEqual([403, undefined])
    }
  })

  it('can be switched off', async () => {
    await open({ 'metrics.serverTiming': false })
    for (const _ of ['miss', 'hit']) expect((await ask()).header('server-timing')).toBeUndefined()
  })
})

describe('the metrics', () => {
  it('have every answer that is out, also while many end at once', async () => {
    await open()
    await ask()
    for (let turn = 1; turn <= 5; turn += 1) {
      await Promise.all(Array.from({ length: 60 }, () => ask()))
      const samples = await scrape(reprise.port)
      expect(sumOf(samples, 'reprise_requests_total', { outcome: 'hit' })).toBe(60 * turn)
    }
    expect(reprise.stats().requests.hit).toBe(300)
  })

  it('have the time between frames, and the speed of the last run', async () => {
    await open()
    await askSlowly()
    const samples = await scrape(reprise.port)
    const model = 'tiny:latest'
    expect(sumOf(samples, 'reprise_frame_gap_seconds_sum', { model })).toBeCloseTo(0.04)
    expect(sumOf(samples, 'reprise_frame_gap_seconds_count', { model })).toBeGreaterThan(0)
    const [tokens, seconds] = ['generated_tokens', 'generation_seconds'].map((name) =>
      sumOf(samples, `reprise_${name}_total`, { model }),
    )
    const speed = sumOf(samples, 'reprise_tokens_per_second', { model })
    expect(speed).toBeCloseTo((tokens ?? 0) / (seconds ?? 1))
  })

  it('have the requests that are being answered', async () => {
    await open()
    const barrier = origin.hold(PATH, 3)
    const body = JSON.stringify(QUESTION)
    const coming = [1, 2].map(() => send(reprise.port, { method: 'POST', path: PATH, body }))
    for (const each of coming) await each.received(1)
    expect(sumOf(await scrape(reprise.port), 'reprise_requests_in_flight')).toBe(2)
    barrier.release()
    await Promise.all(coming.map(({ answer }) => answer))
    await reprise.logged({ outcome: 'collapsed' })
    await reprise.logged({ outcome: 'miss' })
    expect(sumOf(await scrape(reprise.port), 'reprise_requests_in_flight')).toBe(0)
  })

  it('have buckets for what Reprise does, and others for what the model does', async () => {
    await open()
    await askSlowly()
    const bounds = (await scrape(reprise.port))
      .filter(({ name, labels }) => name === 'reprise_stage_seconds_bucket' && labels.le !== '+Inf')
      .map(({ labels }) => [labels.stage, Number(labels.le)] as const)
    const of = (stage: string) => bounds.filter(([each]) => each === stage).map(([, le]) => le)
    expect([Math.min(...of('generate')), Math.max(...of('generate'))]).toEqual([0.01, 600])
    expect(of('receive').length + of('generate').length).toBeGreaterThan(10)
  })

  it('can be switched off: nothing is there, and the statistics are', async () => {
    await open({ 'metrics.enabled': false })
    await ask()
    await ask()
    expect((await exchange(reprise.port, { path: '/metrics' })).status).toBe(404)
    expect(reprise.stats().requests).toMatchObject({ miss: 1, hit: 1 })
  })

  it('say of a cache that is switched off that there is nothing to write', async () => {
    await open({ 'cache.enabled': false })
    const samples = await scrape(reprise.port)
    expect(sumOf(samples, 'reprise_store_state', { state: 'off' })).toBe(1)
    expect(sumOf(samples, 'reprise_store_state')).toBe(1)
  })
})
