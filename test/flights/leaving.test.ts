import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { toBytes } from '../support/raw-client.ts'
import { answersOf, openStage, PATH, type Stage } from './support/stage.ts'

/** Clients that have gone, as the log has them. */
const left = (stage: Stage, n = 1) => stage.reprise.logged({ status: 499 }, n)

const ended = (stage: Stage, how: string) =>
  stage.reprise.metric(`reprise_flights_total{end="${how}"}`)

describe('the client that began a run', () => {
  it('may leave before the headers: the others get all of it', async () => {
    const stage = await openStage()
    const barrier = stage.origin.hold(PATH, 'headers')
    const leader = stage.ask('q')
    await barrier.arrived
    const others = [stage.ask('q'), stage.ask('q', { stream: false })]
    await stage.store.lookups(3)
    leader.abort()
    await left(stage)
    barrier.release()
    const [stream, whole] = await answersOf(others)
    expect(stage.runs()).toBe(1)
    expect(stream?.body).toEqual((await stage.direct('q')).body)
    expect(whole?.body).toEqual((await stage.direct('q', { stream: false })).body)
    expect((await stage.ask('q').answer).header('x-cache')).toBe('HIT')
  })

  it('may leave in the middle: the others get all of it', async () => {
    const stage = await openStage()
    const barrier = stage.origin.hold(PATH, 5)
    const leader = stage.ask('q')
    await leader.frames(5)
    const follower = stage.ask('q')
    await follower.frames(5)
    leader.abort()
    await stage.reprise.logged({ outcome: 'miss' })
    barrier.release()
    const answer = await follower.answer
    expect(stage.runs()).toBe(1)
    expect(answer.body).toEqual((await stage.direct('q')).body)
    expect(await ended(stage, 'done')).toBe(1)
  })
})

describe('a client that asks several things at once, and leaves', () => {
  it('ends all their runs, those too whose answers wait for their turn', async () => {
    const stage = await openStage()
    const barrier = stage.origin.hold(PATH, 'headers')
    const prompts = ['a', 'b', 'c']
    const requests = prompts.map((prompt) =>
      toBytes({ method: 'POST', path: PATH, body: JSON.stringify({ model: 'tiny', prompt }) }),
    )
    const socket = connect(stage.reprise.port, '127.0.0.1')
    socket.write(Buffer.concat(requests))
    const calls = await Promise.all(
      prompts.map((_, index) => stage.origin.waitForCall(PATH, index + 1)),
    )
    socket.destroy()
    await Promise.all(calls.map(({ closed }) => closed))
    expect(calls.map(({ state }) => state)).toEqual(['aborted', 'aborted', 'aborted'])
    await left(stage, 3)
    expect(await stage.reprise.metric('reprise_flights_open')).toBe(0)
    barrier.release()
  })
})

describe('the last client that leaves', () => {
  it('takes its run out of the queue, before anything is sent', async () => {
    const stage = await openStage({ flags: { 'queue.concurrency': 1 } })
    const barrier = stage.origin.hold(PATH, 'headers')
    const running = stage.ask('a')
    await barrier.arrived
    const queued = [stage.ask('b'), stage.ask('b')]
    await stage.store.lookups(3)
    expect(await stage.reprise.metric('reprise_queue_depth')).toBe(1)
    queued[0]?.abort()
    await left(stage)
    expect(await stage.reprise.metric('reprise_queue_depth')).toBe(1)
    queued[1]?.abort()
    await left(stage, 2)
    expect(await stage.reprise.metric('reprise_queue_depth')).toBe(0)
    barrier.release()
    expect((await running.answer).status).toBe(200)
    expect(stage.prompts()).toEqual(['a'])
    expect(await ended(stage, 'abandoned')).toBe(1)
  })

  it.each([['headers'], [0], [5]] as const)(
    'ends the run at the origin where it has come to %s',
    async (point) => {
      const stage = await openStage()
      const barrier = stage.origin.hold(PATH, point)
      const clients = [stage.ask('q'), stage.ask('q', { stream: false })]
      await stage.store.lookups(2)
      await barrier.arrived
      if (point !== 'headers') await clients[0]?.frames(point)
      const [call] = stage.origin.calls(PATH)
      clients[1]?.abort()
      await left(stage)
      expect(call?.state).toBe('open')
      clients[0]?.abort()
      await call?.closed
      expect(call?.state).toBe('aborted')
      barrier.release()
      expect(await ended(stage, 'abandoned')).toBe(1)
      expect((await stage.ask('q').answer).header('x-cache')).toBe('MISS')
      expect(stage.clock.pending()).toBe(0)
    },
  )
})
