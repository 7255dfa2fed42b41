import { describe, expect, it } from 'vitest'
import { answersOf, FRAMES, openStage, PATH, textsOf, times } from './support/stage.ts'

describe('equal questions at the same time', () => {
  it.each([
    ['before the headers', 'headers'],
    ['before the first frame', 0],
    ['in the middle', 5],
    ['between the last frame and the end', FRAMES],
  ] as const)('share one run, streamed and whole, where others come %s', async (_when, point) => {
    const stage = await openStage()
    const barrier = stage.origin.hold(PATH, point)
    const leader = stage.ask('q')
    await barrier.arrived
    const come = point === 'headers' ? 0 : point
    await leader.frames(come)
    const stream = stage.ask('q')
    const whole = stage.ask('q', { stream: false })
    const named = stage.ask('q', { model: 'TINY:latest' })
    const namedWhole = stage.ask('q', { model: 'Tiny', stream: false })
    await stage.store.lookups(5)
    // What is there already is not waited for.
    await Promise.all([stream.frames(come), named.frames(come)])
    barrier.release()
    const answers = await answersOf([leader, stream, named, whole, namedWhole])
    expect(stage.runs()).toBe(1)
    const expected = await Promise.all([
      stage.direct('q'),
      stage.direct('q'),
      stage.direct('q', { model: 'TINY:latest' }),
      stage.direct('q', { stream: false }),
      stage.direct('q', { model: 'Tiny', stream: false }),
    ])
    expect(answers.map(({ end }) => end)).toEqual(times(5, () => 'proved'))
    expect(answers.map(({ body }) => body.toString())).toEqual(
      expected.map(({ body }) => body.toString()),
    )
  })

  it('are one run and one answer for fifty, and leave nothing behind', async () => {
    const stage = await openStage()
    const barrier = stage.origin.hold(PATH, 'headers')
    const clients = times(50, () => stage.ask('q'))
    await stage.store.lookups(50)
    barrier.release()
    const answers = await answersOf(clients)
    expect(stage.runs()).toBe(1)
    expect(textsOf(answers)).toEqual([(await stage.direct('q')).body.toString()])
    await stage.reprise.logged({ outcome: 'collapsed' }, 49)
    for (const name of ['flights_open', 'runs_in_flight', 'queue_depth']) {
      expect(await stage.reprise.metric(`reprise_${name}`)).toBe(0)
    }
    expect(stage.clock.pending()).toBe(0)
  })

  it('say in header, metric and log who ran and who rode along', async () => {
    const stage = await openStage()
    const barrier = stage.origin.hold(PATH, 3)
    const leader = stage.ask('q')
    await leader.frames(3)
    const follower = stage.ask('q')
    await follower.frames(3)
    barrier.release()
    const [first, second] = await answersOf([leader, follower])
    expect(first?.header('cache-status')).toBe('reprise; fwd=miss')
    expect(second?.header('cache-status')).toBe('reprise; fwd=miss; collapsed')
    expect([first?.header('x-cache'), second?.header('x-cache')]).toEqual(['MISS', 'MISS'])
    const line = await stage.reprise.logged({ outcome: 'collapsed' })
    expect(line).toMatchObject({ reason: 'absent', route: PATH, model: 'tiny:latest', status: 200 })
    const labels = `endpoint="${PATH}",kind="text",model="tiny:latest"`
    const count = (outcome: string) =>
      stage.reprise.metric(`reprise_requests_total{${labels},outcome="${outcome}"}`)
    expect([await count('miss'), await count('collapsed')]).toEqual([1, 1])
    expect((await stage.ask('q').answer).header('x-cache')).toBe('HIT')
  })

  it('run once for a burst of a thousand, with equal bytes for all', async () => {
    const stage = await openStage()
    const barrier = stage.origin.hold(PATH, 5)
    const clients = [stage.ask('q')]
    // No more at once than a listener's backlog holds, or the kernel lets the others wait for a second.
    while (clients.length < 1000) {
      clients.push(...times(111, () => stage.ask('q')))
      await stage.store.lookups(clients.length)
    }
    barrier.release()
    const answers = await answersOf(clients)
    expect(stage.runs()).toBe(1)
    expect(answers.length).toBe(1000)
    expect(textsOf(answers)).toEqual([(await stage.direct('q')).body.toString()])
  })

  it('wait for the verdict where one comes after the end and before it', async () => {
    const stage = await openStage()
    const barrier = stage.origin.hold(PATH, FRAMES)
    const leader = stage.ask('q')
    await leader.frames(FRAMES)
    // The table of models is too old to say that the model is still the same: it is read anew.
    stage.clock.advance(3_000)
    const reading = stage.origin.hold('/api/tags', 'headers')
    barrier.release()
    await leader.answer
    const next = stage.ask('q')
    await reading.arrived
    reading.release()
    expect((await next.answer).header('x-cache')).toBe('HIT')
    expect(stage.runs()).toBe(1)
  })
})
