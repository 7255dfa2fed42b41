import { describe, expect, it } from 'vitest'
import { openStage, PATH, type Stage } from './support/stage.ts'

const FLAGS = { 'ttl.text': '60s', 'stale.whileRevalidateSeconds': '1h' }

/** Questions whose answers have been stored and are past their lifetimes, jitter included. */
async function expire(stage: Stage, ...prompts: string[]): Promise<void> {
  for (const prompt of prompts) await stage.ask(prompt).answer
  await stage.store.puts(prompts.length)
  stage.clock.advance(100_000)
}

/** What the origin says to the next question: not what it said before. */
function changeMind({ origin }: Stage, text: string): void {
  const frame = { model: 'tiny', created_at: '2026-01-01T00:00:00Z', response: text, done: false }
  const last = { ...frame, response: '', done: true, done_reason: 'stop', eval_count: 1 }
  const pieces = [frame, last].map((each) => Buffer.from(`${JSON.stringify(each)}\n`))
  const headers = [['Content-Type', 'application/x-ndjson']] as const
  const plan = { status: 200, headers, framing: 'chunked', ending: 'proper', head: 'sent' } as const
  origin.answerWith(PATH, { ...plan, pieces })
}

describe('stale.whileRevalidateSeconds', () => {
  it('gives the old answer at once, and makes a new one in the background', async () => {
    const stage = await openStage({ flags: FLAGS })
    await expire(stage, 'q')
    changeMind(stage, 'new')
    const barrier = stage.origin.hold(PATH, 'headers')
    const stale = await stage.ask('q', { stream: false }).answer
    expect(stale.header('x-cache')).toBe('STALE')
    expect(stale.header('cache-status')).toMatch(/^reprise; hit; ttl=-\d+; detail=stale$/)
    expect(stale.header('age')).toBe('100')
    await barrier.arrived
    barrier.release()
    await stage.store.puts(2)
    const fresh = await stage.ask('q', { stream: false }).answer
    expect([fresh.header('x-cache'), fresh.header('age')]).toEqual(['HIT', '0'])
    expect(JSON.parse(fresh.body.toString()).response).toBe('new')
    expect(stage.runs()).toBe(2)
  })

  it('makes one new answer at a time, however many are asked for', async () => {
    const stage = await openStage({ flags: FLAGS })
    await expire(stage, 'q', 'other')
    const barrier = stage.origin.hold(PATH, 'headers')
    for (const prompt of ['q', 'q', 'other', 'q', 'other']) {
      expect((await stage.ask(prompt).answer).header('x-cache')).toBe('STALE')
    }
    await barrier.arrived
    expect(stage.prompts()).toEqual(['q', 'other', 'q'])
    barrier.release()
    await stage.store.puts(3)
    expect((await stage.ask('q').answer).header('x-cache')).toBe('HIT')
    expect((await stage.ask('other').answer).header('x-cache')).toBe('STALE')
    await stage.store.puts(4)
    expect((await stage.ask('other').answer).header('x-cache')).toBe('HIT')
    expect(stage.prompts()).toEqual(['q', 'other', 'q', 'other'])
  })

  it('makes none where somebody waits for the same answer already', async () => {
    const stage = await openStage({ flags: FLAGS })
    await expire(stage, 'q')
    const barrier = stage.origin.hold(PATH, 'headers')
    const first = stage.ask('q', {}, [['Cache-Control', 'no-cache']])
    await barrier.arrived
    expect((await stage.ask('q').answer).header('x-cache')).toBe('STALE')
    barrier.release()
    expect((await first.answer).header('x-cache')).toBe('MISS')
    await stage.store.puts(2)
    expect(stage.runs()).toBe(2)
  })

  it('lets everybody go first who waits for an answer', async () => {
    const stage = await openStage({ flags: { ...FLAGS, 'queue.concurrency': 1 } })
    await expire(stage, 'q')
    const barrier = stage.origin.hold(PATH, 'headers')
    const running = stage.ask('running')
    await barrier.arrived
    expect((await stage.ask('q').answer).header('x-cache')).toBe('STALE')
    const waiting = stage.ask('waiting')
    await stage.store.lookups(4)
    expect(await stage.reprise.metric('reprise_queue_depth')).toBe(2)
    barrier.release()
    await Promise.all([running.answer, waiting.answer, stage.store.puts(4)])
    expect(stage.prompts()).toEqual(['q', 'running', 'waiting', 'q'])
  })

  it('keeps the old answer where the origin has no new one, and asks again with the next request', async () => {
    const stage = await openStage({ flags: FLAGS })
    await expire(stage, 'q')
    stage.origin.fail(PATH, { kind: 'status', status: 500, error: 'no' })
    expect((await stage.ask('q').answer).header('x-cache')).toBe('STALE')
    const failed = await stage.origin.waitForCall(PATH, 2)
    await failed.closed
    // The end of the failed run is heard before the next question, which comes after it.
    expect(await stage.reprise.metric('reprise_not_stored_total{reason="status"}')).toBe(1)
    expect((await stage.ask('q').answer).header('x-cache')).toBe('STALE')
    await stage.store.puts(2)
    expect((await stage.ask('q').answer).header('x-cache')).toBe('HIT')
  })

  it('ends with its window: then the next request waits for the new answer', async () => {
    const stage = await openStage({ flags: { ...FLAGS, 'stale.whileRevalidateSeconds': '10s' } })
    await expire(stage, 'q')
    const answer = await stage.ask('q').answer
    expect(answer.header('cache-status')).toBe('reprise; fwd=stale')
  })
})
