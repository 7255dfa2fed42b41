import { describe, expect, it, onTestFinished } from 'vitest'
import { startOrigin } from '../support/origin.ts'
import type { Fault } from '../support/origin-faults.ts'
import { openStage, PATH, type Stage, times } from './support/stage.ts'

const REFUSED = 'reprise_upstream_errors_total{reason="refused"}'

/** Stops the origin, and asks until it is left alone. */
async function takeDown(stage: Stage): Promise<void> {
  await stage.origin.close()
  for (const index of times(4, (each) => each)) await stage.ask(`down ${index}`).answer
  expect(await stage.reprise.metric('reprise_breaker_open')).toBe(1)
}

describe('an origin that is stopped', () => {
  it('is left alone after five failures: what is not known is refused at once', async () => {
    const stage = await openStage()
    await stage.origin.close()
    const answers = []
    for (const index of times(10, (each) => each)) {
      answers.push(await stage.ask(`q${index}`).answer)
    }
    // The first was tried twice: four requests make five failures.
    const statuses = answers.map(({ status }) => status)
    expect(statuses).toEqual([...times(4, () => 502), ...times(6, () => 503)])
    expect(await stage.reprise.metric(REFUSED)).toBe(5)
    const last = answers.at(-1)
    expect(JSON.parse(last?.body.toString() ?? '').error).toMatch(/^Ollama does not answer/)
    expect(Number(last?.header('retry-after'))).toBeGreaterThanOrEqual(4)
    expect(Number(last?.header('retry-after'))).toBeLessThanOrEqual(6)
    expect(last?.header('x-cache')).toBeUndefined()
    expect(await stage.reprise.metric('reprise_refusals_total{reason="upstream-down"}')).toBe(6)
  })

  it('does not keep known answers from being given, expired ones included', async () => {
    const stage = await openStage({ flags: { 'ttl.text': '60s', 'stale.ifErrorSeconds': '1h' } })
    await stage.ask('known').answer
    await takeDown(stage)
    const fresh = await stage.ask('known', { stream: false }).answer
    expect([fresh.status, fresh.header('x-cache')]).toEqual([200, 'HIT'])
    stage.clock.advance(100_000)
    for (const more of [{}, { stream: false }]) {
      const stale = await stage.ask('known', more).answer
      expect([stale.status, stale.header('x-cache')]).toEqual([200, 'STALE'])
      expect(stale.header('cache-status')).toMatch(/^reprise; hit; ttl=-\d+; detail=stale$/)
      expect(stale.header('age')).toBe('100')
    }
    stage.clock.advance(3_600_000)
    expect((await stage.ask('known').answer).status).toBe(503)
  })

  it('is probed when the time has come, and later each time it is still down', async () => {
    const stage = await openStage()
    await takeDown(stage)
    await stage.clock.timerOf(4_000, 6_000)
    stage.clock.advance(6_000)
    await stage.clock.timerOf(8_000, 12_000)
    stage.clock.advance(12_000)
    await stage.clock.timerOf(16_000, 24_000)
    expect((await stage.ask('q').answer).status).toBe(503)
  })

  it('that comes back is asked nothing before one probe, and everything after it', async () => {
    const stage = await openStage()
    await takeDown(stage)
    const back = await startOrigin(stage.origin.port)
    onTestFinished(() => back.close())
    expect((await stage.ask('q').answer).status).toBe(503)
    expect(back.allCalls).toEqual([])
    const barrier = back.hold('/api/version', 'headers')
    stage.clock.advance(6_000)
    await barrier.arrived
    expect((await stage.ask('q').answer).status).toBe(503)
    expect(back.allCalls.map(({ path }) => path)).toEqual(['/api/version'])
    barrier.release()
    await stage.reprise.logged({ breaker: 'closed' })
    const answer = await stage.ask('q').answer
    expect([answer.status, answer.header('x-cache')]).toEqual([200, 'MISS'])
    expect(await stage.reprise.metric('reprise_breaker_open')).toBe(0)
  })
})

describe('the breaker', () => {
  it('does not count clients that leave', async () => {
    const stage = await openStage()
    const barrier = stage.origin.hold(PATH, 'headers')
    for (const n of times(12, (index) => index + 1)) {
      const client = stage.ask(`q${n}`)
      const call = await stage.origin.waitForCall(PATH, n)
      client.abort()
      await call.closed
      expect(call.state).toBe('aborted')
    }
    barrier.release()
    expect(await stage.reprise.metric('reprise_breaker_open')).toBe(0)
    expect((await stage.ask('q').answer).status).toBe(200)
  })

  it.each<Fault>([
    { kind: 'status', status: 400, error: 'no' },
    { kind: 'status', status: 500, error: 'no' },
    { kind: 'status', status: 503, error: 'no' },
    { kind: 'close-after', frames: 3 },
  ])('does not count %o', async (fault) => {
    const stage = await openStage()
    for (const index of times(12, (each) => each)) {
      stage.origin.fail(PATH, fault)
      await stage.ask(`q${index}`).answer
    }
    expect(stage.runs()).toBe(12)
    expect(await stage.reprise.metric('reprise_breaker_open')).toBe(0)
    expect((await stage.ask('q').answer).status).toBe(200)
  })
})
