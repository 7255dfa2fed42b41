import { describe, expect, it } from 'vitest'
import { textsOf, times } from '../flights/support/stage.ts'
import { PATH, startCrew } from './support/crew.ts'

describe('workers in front of one origin', { timeout: 60_000 }, () => {
  it('make one run of a burst of identical requests, whoever is asked', async () => {
    const crew = await startCrew()
    const barrier = crew.origin.hold(PATH, 3)
    const first = crew.ask('a')
    await barrier.arrived
    const others = times(199, () => crew.ask('a'))
    await Promise.all(others.map(({ received }) => received(100)))
    barrier.release()
    const answers = await Promise.all([first, ...others].map(({ answer }) => answer))
    expect(new Set(answers.map(({ status, end }) => `${status} ${end}`))).toEqual(
      new Set(['200 proved']),
    )
    expect(textsOf(answers)).toHaveLength(1)
    expect(new Set(answers.map(({ chunks }) => chunks.length))).toEqual(new Set([13]))
    expect(crew.origin.calls(PATH)).toHaveLength(1)
  })

  it('let a client that leaves end its run, and not that of another', async () => {
    const crew = await startCrew()
    const barrier = crew.origin.hold(PATH, 3)
    const [one, other, alone] = [crew.ask('a'), crew.ask('a'), crew.ask('b')]
    await crew.origin.waitForCall(PATH, 2)
    await Promise.all([one, other, alone].map(({ received }) => received(100)))
    alone.abort()
    const run = crew.origin.calls(PATH).find(({ json }) => json?.prompt === 'b')
    await run?.closed
    expect(run?.state).toBe('aborted')
    one.abort()
    barrier.release()
    expect((await other.answer).end).toBe('proved')
    expect(crew.origin.calls(PATH)).toHaveLength(2)
  })

  it('give known answers themselves, each a prepared one, and count every one of them', async () => {
    const crew = await startCrew()
    const made = await crew.ask('a').answer
    const answers = await crew.untilKnown('a', [1, 2])
    for (const { header, chunks } of answers) {
      expect(header('x-cache')).toBe('HIT')
      expect(header('cache-status')).toMatch(/^reprise; hit; ttl=\d+/)
      expect(chunks).toHaveLength(made.chunks.length)
    }
    expect(crew.origin.calls(PATH)).toHaveLength(1)
    const labels = `endpoint="${PATH}",kind="text",model="tiny:latest",outcome="hit"`
    expect(await crew.metric(`reprise_requests_total{${labels}}`)).toBe(answers.length)
    const hits = ['memory', 'sqlite'].map((tier) =>
      crew.metric(`reprise_hits_total{tier="${tier}"}`),
    )
    const [memory = 0, sqlite = 0] = await Promise.all(hits)
    expect(memory + sqlite).toBe(answers.length)
    const stats = await fetch(`http://127.0.0.1:${crew.port}/reprise/stats`)
    expect(await stats.json()).toMatchObject({
      requests: { hit: answers.length, miss: 1 },
      saved: { generations: answers.length },
      entries: { total: 1 },
    })
    const listing = await fetch(`http://127.0.0.1:${crew.port}/reprise/entries`)
    expect(await listing.json()).toMatchObject({ entries: [{ hits: answers.length }] })
  })
})
