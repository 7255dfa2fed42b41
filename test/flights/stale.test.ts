import { describe, expect, it } from 'vitest'
import type { Fault } from '../support/origin-faults.ts'
import { answersOf, openStage, PATH, type Stage, textsOf, times } from './support/stage.ts'

const SHORT = { 'ttl.text': '60s' }
const RESET: Fault = { kind: 'reset-before-headers' }

/** A question whose answer has been stored and is past its lifetime, jitter included. */
async function expire(stage: Stage, ...prompts: string[]): Promise<void> {
  for (const prompt of prompts) await stage.ask(prompt).answer
  stage.clock.advance(100_000)
}

const toStatus = (status: number): Fault => ({ kind: 'status', status, error: 'no' })

describe('an expired answer', () => {
  it.each([500, 502, 503, 504])('is given instead of the origin’s %i', async (status) => {
    const stage = await openStage({ flags: SHORT })
    await expire(stage, 'q')
    stage.origin.fail(PATH, toStatus(status), toStatus(status))
    const stream = await stage.ask('q').answer
    const whole = await stage.ask('q', { stream: false }).answer
    for (const answer of [stream, whole]) {
      expect([answer.status, answer.end]).toEqual([200, 'proved'])
      expect([answer.header('x-cache'), answer.header('age')]).toEqual(['STALE', '100'])
      const expected = `^reprise; fwd=stale; fwd-status=${status}; ttl=-\\d+; detail=stale$`
      expect(answer.header('cache-status')).toMatch(new RegExp(expected))
    }
    expect(stream.chunks).toHaveLength((await stage.direct('q')).chunks.length)
    expect(JSON.parse(whole.body.toString()).done).toBe(true)
    expect(stage.runs()).toBe(4)
  })

  it('is given where the origin fails twice before its headers', async () => {
    const stage = await openStage({ flags: SHORT })
    await expire(stage, 'q')
    stage.origin.fail(PATH, RESET, RESET)
    const answer = await stage.ask('q').answer
    expect([answer.status, answer.header('x-cache'), stage.runs()]).toEqual([200, 'STALE', 3])
    expect(answer.header('cache-status')).toMatch(
      /^reprise; fwd=stale; ttl=-\d+; detail=(reset|closed)$/,
    )
    expect(await stage.reprise.logged({ outcome: 'stale' })).toMatchObject({ status: 200 })
  })

  it('is given as soon as the origin says that it failed, and nobody waits for the rest', async () => {
    const stage = await openStage({ flags: SHORT })
    await expire(stage, 'q')
    const headers = [['Content-Type', 'application/json']] as const
    const plan = { status: 500, headers, framing: 'chunked', ending: 'hang', head: 'sent' } as const
    stage.origin.answerWith(PATH, { ...plan, pieces: [Buffer.from('{"error":')] })
    expect((await stage.ask('q').answer).header('x-cache')).toBe('STALE')
    const call = stage.origin.calls(PATH).at(-1)
    await call?.closed
    expect(call?.state).toBe('aborted')
  })

  it('is not waited for by a client that has left before its model was known', async () => {
    const stage = await openStage({ flags: SHORT })
    await expire(stage, 'q')
    const tags = stage.origin.hold('/api/tags', 'headers')
    const run = stage.origin.hold(PATH, 'headers')
    const client = stage.ask('q')
    await tags.arrived
    client.abort()
    // That it has left is heard before the next question, which comes after it.
    expect(await stage.reprise.metric('reprise_flights_open')).toBe(0)
    tags.release()
    await stage.reprise.logged({ status: 499 })
    expect(await stage.reprise.metric('reprise_flights_open')).toBe(0)
    run.release()
  })

  it.each([400, 404])('is not given instead of a %i', async (status) => {
    const stage = await openStage({ flags: SHORT })
    await expire(stage, 'q')
    stage.origin.fail(PATH, toStatus(status))
    const answer = await stage.ask('q').answer
    expect([answer.status, answer.body.toString()]).toEqual([status, '{"error":"no"}'])
    expect(answer.header('cache-status')).toBe('reprise; fwd=stale')
  })

  it('is given no longer than for stale.ifErrorSeconds', async () => {
    const stage = await openStage({ flags: { ...SHORT, 'stale.ifErrorSeconds': '30s' } })
    await expire(stage, 'q')
    stage.origin.fail(PATH, toStatus(500))
    expect((await stage.ask('q').answer).status).toBe(500)
  })

  it('is replaced by a new one for fifty clients with one run', async () => {
    const stage = await openStage({ flags: SHORT })
    await expire(stage, 'q')
    const barrier = stage.origin.hold(PATH, 'headers')
    const clients = times(50, () => stage.ask('q'))
    await stage.store.lookups(51)
    barrier.release()
    const answers = await answersOf(clients)
    expect(stage.runs()).toBe(2)
    expect(textsOf(answers)).toHaveLength(1)
    const words = answers.map((answer) => answer.header('cache-status')).toSorted()
    expect(new Set(words)).toEqual(new Set(['reprise; fwd=stale', 'reprise; fwd=stale; collapsed']))
    expect(words.filter((word) => word === 'reprise; fwd=stale')).toHaveLength(1)
    expect((await stage.ask('q').answer).header('x-cache')).toBe('HIT')
  })

  it('is given to all fifty where that run fails', async () => {
    const stage = await openStage({ flags: SHORT })
    await expire(stage, 'q')
    stage.origin.fail(PATH, toStatus(500))
    const barrier = stage.origin.hold(PATH, 'headers')
    const clients = times(50, () => stage.ask('q'))
    await stage.store.lookups(51)
    barrier.release()
    const answers = await answersOf(clients)
    expect(stage.runs()).toBe(2)
    expect(new Set(answers.map((answer) => answer.header('x-cache')))).toEqual(new Set(['STALE']))
    expect(await stage.reprise.metric('reprise_flights_open')).toBe(0)
  })
})

describe('lifetimes', () => {
  it('lie within a tenth of what is set, apart by key and equal on every start', async () => {
    const readAll = async (): Promise<number[]> => {
      const stage = await openStage({ flags: { 'ttl.text': '1000s' } })
      const prompts = times(30, (index) => `q${index}`)
      await answersOf(prompts.map((prompt) => stage.ask(prompt)))
      const hits = await answersOf(prompts.map((prompt) => stage.ask(prompt)))
      return hits.map((hit) => Number(/hit; ttl=(\d+)/.exec(hit.header('cache-status') ?? '')?.[1]))
    }
    const lifetimes = await readAll()
    expect(Math.min(...lifetimes)).toBeGreaterThanOrEqual(900)
    expect(Math.max(...lifetimes)).toBeLessThanOrEqual(1100)
    expect(Math.max(...lifetimes) - Math.min(...lifetimes)).toBeGreaterThan(100)
    expect(await readAll()).toEqual(lifetimes)
  })
})
