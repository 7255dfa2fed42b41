import { describe, expect, it } from 'vitest'
import { postJson } from '../support/raw-client.ts'
import { answersOf, openStage, PATH } from './support/stage.ts'

describe('a server that has more to do than it can', () => {
  it('refuses what is not known and gives what is, expired or not', async () => {
    const idle = await openStage({ flags: { 'ttl.text': '60s' } })
    await idle.ask('known').answer
    const { origin, store } = idle
    const before = idle.runs()
    // Every process takes more than a byte.
    const stage = await openStage({ origin, store, flags: { 'overload.maxMemoryBytes': 1 } })
    const miss = await stage.ask('new').answer
    expect([miss.status, miss.header('retry-after')]).toEqual([503, '1'])
    expect(JSON.parse(miss.body.toString()).error).toMatch(/^server busy: reprise is overloaded/)
    const variety = await stage.ask('known', { options: { temperature: 0.9 } }).answer
    expect(variety.status).toBe(503)
    const body = { model: 'tiny', messages: [{ role: 'user', content: 'q' }] }
    const compatible = await postJson(stage.reprise.port, '/v1/chat/completions', body)
    expect(compatible.status).toBe(503)
    expect((await stage.ask('known').answer).header('x-cache')).toBe('HIT')
    stage.clock.advance(100_000)
    expect((await stage.ask('known').answer).header('x-cache')).toBe('STALE')
    expect(stage.runs()).toBe(before)
    expect(await stage.reprise.metric('reprise_refusals_total{reason="overloaded"}')).toBe(4)
  })
})

describe('flight.maxTotalBytes', () => {
  it('makes later flights pass through unkept, with all of their answers', async () => {
    const stage = await openStage({ flags: { 'flight.maxTotalBytes': 400 } })
    const barrier = stage.origin.hold(PATH, 8)
    const kept = stage.ask('kept')
    await kept.frames(8)
    const stream = stage.ask('q')
    await stream.frames(8)
    // Nobody can ride along with what is not kept.
    const whole = stage.ask('q', { stream: false })
    await stage.origin.waitForCall(PATH, 3)
    barrier.release()
    const [, streamed, folded] = await answersOf([kept, stream, whole])
    expect([streamed?.end, folded?.status]).toEqual(['proved', 200])
    expect(streamed?.body).toEqual((await stage.direct('q')).body)
    expect(folded?.body).toEqual((await stage.direct('q', { stream: false })).body)
    expect((await stage.ask('kept').answer).header('x-cache')).toBe('HIT')
    await stage.reprise.logged({ outcome: 'miss' }, 3)
    expect((await stage.ask('q').answer).header('x-cache')).toBe('MISS')
    // There is room again: this one was kept.
    expect((await stage.ask('q').answer).header('x-cache')).toBe('HIT')
  })

  it('passes an error line and a cut on as they came', async () => {
    const stage = await openStage({ flags: { 'flight.maxTotalBytes': 400 } })
    const barrier = stage.origin.hold(PATH, 8)
    const kept = stage.ask('kept')
    await kept.frames(8)
    stage.origin.fail(PATH, { kind: 'error-line', after: 3 }, { kind: 'close-after', frames: 3 })
    const killed = await stage.ask('q', { stream: false }).answer
    const cut = await stage.ask('q').answer
    expect([killed.status, cut.status, cut.end]).toEqual([500, 200, 'cut'])
    expect(cut.chunks).toHaveLength(3)
    barrier.release()
    expect((await kept.answer).end).toBe('proved')
  })
})
