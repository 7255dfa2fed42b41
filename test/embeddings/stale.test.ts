import { describe, expect, it } from 'vitest'
import type { RawAnswer } from '../support/raw-client.ts'
import { EMBED, type EmbeddingStage, openEmbeddings } from './support/stage.ts'
import { cutVectors, writeVector } from './support/written-vectors.ts'

const SHORT = { 'ttl.embedding': '60s', 'stale.ifErrorSeconds': '1h' }

const vectorsOf = (texts: readonly string[]) => texts.map((text) => writeVector(text))

/** `old` is past its lifetime, jitter included, and `young` is not. */
async function openWithOld(flags = {}): Promise<EmbeddingStage> {
  const stage = await openEmbeddings({ ...SHORT, ...flags })
  await stage.ask(['old', 'older'])
  stage.clock.advance(100_000)
  await stage.ask(['young'])
  return stage
}

/** Stops the origin, and asks until it is left alone. */
async function takeDown(stage: EmbeddingStage): Promise<void> {
  await stage.origin.close()
  for (const text of ['1', '2', '3', '4', '5']) await stage.ask(`down ${text}`)
  expect(await stage.reprise.metric('reprise_breaker_open')).toBe(1)
}

function expectStale(answer: RawAnswer, texts: readonly string[]): void {
  expect([answer.status, answer.header('x-cache')]).toEqual([200, 'STALE'])
  expect(cutVectors(answer.body)).toEqual(vectorsOf(texts))
}

describe('texts past their lifetime', () => {
  it('are asked for again, and the others of the batch are not', async () => {
    const stage = await openWithOld()
    const answer = await stage.ask(['young', 'old'])
    expect(cutVectors(answer.body)).toEqual(vectorsOf(['young', 'old']))
    expect(answer.header('cache-status')).toBe('reprise; fwd=stale')
    expect(stage.asked()).toEqual([['old', 'older'], ['young'], ['old']])
    expect((await stage.ask(['old', 'young'])).header('x-cache')).toBe('HIT')
  })

  it.each([500, 502, 503, 504])('are given where the origin answers %i', async (status) => {
    const stage = await openWithOld()
    stage.origin.fail(EMBED, { kind: 'status', status, error: 'no' })
    const answer = await stage.ask(['older', 'young', 'old'])
    expectStale(answer, ['older', 'young', 'old'])
    expect(answer.header('age')).toBe('100')
    const expected = `^reprise; fwd=stale; fwd-status=${status}; ttl=-\\d+; detail=stale$`
    expect(answer.header('cache-status')).toMatch(new RegExp(expected))
  })

  it('are given where the connection breaks, and not where the origin says 4xx', async () => {
    const stage = await openWithOld()
    const reset = { kind: 'reset-before-headers' } as const
    stage.origin.fail(EMBED, reset, reset)
    expectStale(await stage.ask(['old']), ['old'])
    stage.origin.fail(EMBED, { kind: 'status', status: 404, error: 'no' })
    const answer = await stage.ask(['old'])
    expect([answer.status, answer.body.toString()]).toEqual([404, '{"error":"no"}'])
  })

  it('do not help a batch of which one text is unknown', async () => {
    const stage = await openWithOld()
    stage.origin.fail(EMBED, { kind: 'status', status: 500, error: 'no' })
    expect((await stage.ask(['old', 'new'])).status).toBe(500)
  })

  it('are given while the origin is left alone, and others refused at once', async () => {
    const stage = await openWithOld()
    await takeDown(stage)
    const answer = await stage.ask(['old', 'young', 'old'])
    expectStale(answer, ['old', 'young', 'old'])
    expect(answer.header('cache-status')).toMatch(/^reprise; hit; ttl=-\d+; detail=stale$/)
    expect((await stage.ask(['young'])).header('x-cache')).toBe('HIT')
    const refused = await stage.ask(['young', 'new'])
    expect(refused.status).toBe(503)
    expect(refused.header('retry-after')).toMatch(/^\d+$/)
    stage.clock.advance(3_600_000)
    expect((await stage.ask(['old'])).status).toBe(503)
  })

  it('are given as far as the client allows', async () => {
    const stage = await openWithOld()
    stage.origin.fail(EMBED, { kind: 'status', status: 500, error: 'no' })
    const headers = [['Cache-Control', 'stale-if-error=5']] as const
    expect((await stage.post(EMBED, { input: ['old'] }, headers).answer).status).toBe(500)
    const lenient = [['Cache-Control', 'max-stale=600']] as const
    expectStale(await stage.post(EMBED, { input: ['old'] }, lenient).answer, ['old'])
  })

  it('are given at once and made anew behind, where stale.whileRevalidateSeconds says so', async () => {
    const stage = await openWithOld({ 'stale.whileRevalidateSeconds': '10m' })
    expectStale(await stage.ask(['old', 'young', 'older']), ['old', 'young', 'older'])
    await stage.store.puts(5)
    expect(stage.asked().at(-1)).toEqual(['old', 'older'])
    expect((await stage.ask(['older', 'old'])).header('x-cache')).toBe('HIT')
    expect(await stage.reprise.metric('reprise_flights_open')).toBe(0)
  })
})

describe('a client that says no-cache', () => {
  it('gets vectors made now, and leaves them to others', async () => {
    const stage = await openEmbeddings()
    await stage.ask(['a'])
    const headers = [['Cache-Control', 'no-cache']] as const
    const answer = await stage.post(EMBED, { input: ['a', 'a'] }, headers).answer
    expect(answer.header('cache-status')).toBe('reprise; fwd=request')
    expect(stage.asked()).toEqual([['a'], ['a']])
    const only = [['Cache-Control', 'only-if-cached']] as const
    expect((await stage.post(EMBED, { input: ['a'] }, only).answer).header('x-cache')).toBe('HIT')
    expect((await stage.post(EMBED, { input: ['a', 'b'] }, only).answer).status).toBe(504)
  })
})
