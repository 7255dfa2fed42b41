import { describe, expect, it } from 'vitest'
import type { Stats } from '../../src/admin/stats.ts'
import { get } from '../admin/support/owner.ts'
import { answersOf, openStage, PATH, type Stage, times } from './support/stage.ts'

const statsOf = (stage: Stage): Promise<Stats> => get(stage.reprise, '/reprise/stats')

/** What the simulated run costs: prompt and generation as its last frame says, without the load. */
const RUN_SECONDS = 2

describe('what a run costs', () => {
  it('is spared to each request that shared it, streamed or whole, and not to the one that began it', async () => {
    const stage = await openStage()
    const barrier = stage.origin.hold(PATH, 'headers')
    const clients = times(4, (n) => stage.ask('q', { stream: n % 2 === 0 }))
    await stage.store.lookups(4)
    barrier.release()
    await answersOf(clients)
    await stage.reprise.logged({ outcome: 'collapsed' }, 3)
    const { saved, life } = await statsOf(stage)
    expect(saved).toMatchObject({ seconds: 3 * RUN_SECONDS, generations: 3 })
    expect(saved.tokens).toBeGreaterThan(0)
    expect(life.saved).toEqual(saved)
    const series = 'reprise_saved_generations_total{kind="text",model="tiny:latest"}'
    expect(await stage.reprise.metric(series)).toBe(3)
  })

  it('is the time it took, where the origin does not say', async () => {
    const stage = await openStage()
    const at = { model: 'tiny', created_at: '2026-01-01T00:00:00Z' }
    const frames = [
      { ...at, response: 'so', done: false },
      { ...at, response: '', done: true, done_reason: 'stop', eval_count: 1 },
    ]
    const pieces = frames.map((frame) => Buffer.from(`${JSON.stringify(frame)}\n`))
    const headers = [['Content-Type', 'application/x-ndjson']] as const
    const plan = { status: 200, headers, framing: 'chunked', ending: 'proper' } as const
    stage.origin.answerWith(PATH, { ...plan, head: 'sent', pieces })
    const barrier = stage.origin.hold(PATH, 'headers')
    const asked = stage.ask('q')
    await barrier.arrived
    stage.clock.advance(5_000)
    barrier.release()
    await asked.answer
    await stage.store.puts(1)
    expect((await stage.ask('q').answer).header('x-cache')).toBe('HIT')
    await stage.reprise.logged({ outcome: 'hit' })
    expect((await statsOf(stage)).saved.seconds).toBe(5)
  })

  it('is not spared to who leaves before it has ended', async () => {
    const stage = await openStage()
    const barrier = stage.origin.hold(PATH, 5)
    const leader = stage.ask('q')
    await leader.frames(5)
    const follower = stage.ask('q')
    await follower.frames(5)
    follower.abort()
    await stage.reprise.logged({ outcome: 'collapsed' })
    barrier.release()
    await leader.answer
    expect((await statsOf(stage)).saved.generations).toBe(0)
  })

  it('is spared by a stale answer only where that did not start a run itself', async () => {
    const flags = { 'ttl.text': '60s', 'stale.whileRevalidateSeconds': '1h', 'savings.watts': 360 }
    const stage = await openStage({ flags: { ...flags, 'savings.pricePerKwh': 0.25 } })
    await stage.ask('q').answer
    await stage.store.puts(1)
    stage.clock.advance(100_000)
    const barrier = stage.origin.hold(PATH, 'headers')
    for (const _ of times(3, () => 0)) await stage.ask('q').answer
    await barrier.arrived
    await stage.reprise.logged({ outcome: 'stale' }, 3)
    const { saved } = await statsOf(stage)
    expect(saved).toMatchObject({ seconds: 2 * RUN_SECONDS, generations: 2 })
    // 4 s at 360 W are 0.0004 kWh.
    expect(saved.kilowattHours).toBeCloseTo(0.0004, 12)
    expect(saved.money).toEqual({ amount: expect.closeTo(0.0001, 12), currency: '' })
    barrier.release()
    await stage.store.puts(2)
  })
})

describe('mode observe', () => {
  it('says what would have been saved, and how often Ollama said the same', async () => {
    const stage = await openStage({ flags: { mode: 'observe' } })
    for (const prompt of ['a', 'b', 'a', 'a']) {
      await stage.ask(prompt).answer
      await stage.reprise.logged({ route: PATH }, stage.runs())
    }
    await stage.reprise.logged({ outcome: 'bypass' }, 2)
    const stats = await statsOf(stage)
    expect([stats.mode, stats.saved.seconds, stats.saved.money]).toEqual(['observe', 0, null])
    expect(stats.wouldBe).toMatchObject({
      seconds: 2 * RUN_SECONDS,
      generations: 2,
      hitRate: 0.5,
      same: 2,
      different: 0,
    })
    expect(stats.life.wouldBe).toEqual(stats.wouldBe)
  })
})
