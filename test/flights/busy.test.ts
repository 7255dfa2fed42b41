import { describe, expect, it } from 'vitest'
import type { Fault } from '../support/origin-faults.ts'
import { answersOf, BUSY, openStage, PATH } from './support/stage.ts'

const FULL: Fault = { kind: 'status', status: 503, error: BUSY }

describe('an origin whose own queue is full', () => {
  it('is asked again after a moment, once, for everybody who waits', async () => {
    const stage = await openStage()
    stage.origin.fail(PATH, FULL)
    const clients = [stage.ask('q'), stage.ask('q', { stream: false })]
    await stage.clock.timerOf(250, 750)
    await stage.store.lookups(2)
    expect(stage.runs()).toBe(1)
    stage.clock.advance(750)
    const [stream, whole] = await answersOf(clients)
    expect(stage.runs()).toBe(2)
    expect(stream?.body).toEqual((await stage.direct('q')).body)
    expect(whole?.body).toEqual((await stage.direct('q', { stream: false })).body)
    const repeats = 'reprise_run_repeats_total{reason="busy"}'
    expect(await stage.reprise.metric(repeats)).toBe(1)
    expect((await stage.ask('q').answer).header('x-cache')).toBe('HIT')
  })

  it('twice is told in its own words, with a time to come back', async () => {
    const stage = await openStage()
    stage.origin.fail(PATH, FULL, FULL)
    const client = stage.ask('q')
    await stage.clock.timerOf(250, 750)
    stage.clock.advance(750)
    const answer = await client.answer
    expect([answer.status, stage.runs()]).toEqual([503, 2])
    expect(JSON.parse(answer.body.toString())).toEqual({ error: BUSY })
    expect(answer.header('retry-after')).toBe('1')
    expect(answer.header('cache-status')).toBe('reprise; fwd=miss')
    expect((await stage.ask('q').answer).header('x-cache')).toBe('MISS')
  })

  it('is not asked again for a client that has left meanwhile', async () => {
    const stage = await openStage()
    stage.origin.fail(PATH, FULL)
    const client = stage.ask('q')
    await stage.clock.timerOf(250, 750)
    client.abort()
    await stage.reprise.logged({ status: 499 })
    stage.clock.advance(750)
    expect(await stage.reprise.metric('reprise_flights_open')).toBe(0)
    expect([stage.runs(), stage.clock.pending()]).toEqual([1, 0])
  })

  it('is not what any other 503 says', async () => {
    const stage = await openStage()
    stage.origin.fail(PATH, { kind: 'status', status: 503, error: 'loading' })
    const answer = await stage.ask('q').answer
    expect([answer.status, answer.body.toString()]).toEqual([503, '{"error":"loading"}'])
    expect(answer.header('retry-after')).toBeUndefined()
    expect(stage.runs()).toBe(1)
  })
})
