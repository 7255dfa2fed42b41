import { describe, expect, it } from 'vitest'
import { postJson } from '../support/raw-client.ts'
import { answersOf, type Client, openStage, PATH, type Stage, times } from './support/stage.ts'

const ONE = { 'queue.concurrency': 1 }

/** Asks each in turn: the first runs until the barrier is let go, the others wait in this order. */
async function line(stage: Stage, prompts: readonly string[], toClient = (_: string) => 'test') {
  const barrier = stage.origin.hold(PATH, 'headers')
  const clients: Client[] = []
  for (const prompt of prompts) {
    clients.push(stage.ask(prompt, {}, [['User-Agent', toClient(prompt)]]))
    await stage.store.lookups(clients.length)
  }
  await barrier.arrived
  return { barrier, clients }
}

describe('a queue of one slot', () => {
  it('sends one at a time, in the order in which they came', async () => {
    const stage = await openStage({ flags: ONE })
    const { barrier, clients } = await line(stage, ['a', 'b', 'c', 'd'])
    expect(stage.prompts()).toEqual(['a'])
    let most = 0
    for (const frame of times(4, () => 1)) {
      stage.origin.onFrame(PATH, frame, () => {
        most = Math.max(most, stage.origin.calls(PATH).filter((c) => c.state === 'open').length)
      })
    }
    barrier.release()
    const answers = await answersOf(clients)
    expect(stage.prompts()).toEqual(['a', 'b', 'c', 'd'])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(most).toBe(1)
  })

  it('goes round between clients where one asks for much', async () => {
    const stage = await openStage({ flags: ONE })
    const prompts = ['x1', 'x2', 'x3', 'x4', 'y1', 'y2']
    const { barrier, clients } = await line(stage, prompts, ([name = '']) => `client ${name}`)
    barrier.release()
    await answersOf(clients)
    expect(stage.prompts()).toEqual(['x1', 'x2', 'y1', 'x3', 'y2', 'x4'])
  })

  it('shows how many wait, and tells each how long it has waited', async () => {
    const stage = await openStage({ flags: ONE })
    const { barrier, clients } = await line(stage, ['a', 'b', 'c'])
    expect(await stage.reprise.metric('reprise_queue_depth')).toBe(2)
    expect(await stage.reprise.metric('reprise_runs_in_flight')).toBe(1)
    stage.clock.advance(1_500)
    barrier.release()
    const answers = await answersOf(clients)
    expect(answers.map((answer) => answer.header('server-timing'))).toEqual([
      'firstFrame;dur=1500.00, total;dur=1500.00',
      'queue;dur=1500.00;desc="behind 1", total;dur=1500.00',
      'queue;dur=1500.00;desc="behind 2", total;dur=1500.00',
    ])
    expect(await stage.reprise.metric('reprise_queue_depth')).toBe(0)
    expect(await stage.reprise.metric('reprise_queue_wait_seconds_sum')).toBe(3)
  })

  it('holds up neither what is known nor who rides along', async () => {
    const stage = await openStage({ flags: ONE })
    await stage.ask('known').answer
    const barrier = stage.origin.hold(PATH, 2)
    const running = stage.ask('a')
    await running.frames(2)
    const waiting = [stage.ask('b'), stage.ask('b')]
    await stage.store.lookups(4)
    expect((await stage.ask('known').answer).header('x-cache')).toBe('HIT')
    const follower = stage.ask('a')
    await follower.frames(2)
    expect(await stage.reprise.metric('reprise_queue_depth')).toBe(1)
    barrier.release()
    await answersOf([running, follower, ...waiting])
    expect(stage.prompts()).toEqual(['known', 'a', 'b'])
  })
})

describe('a full queue', () => {
  const full = { flags: { ...ONE, 'queue.maxDepth': 1 } }

  it('refuses in the shape of each route, and says when to come back', async () => {
    const stage = await openStage(full)
    const slow = stage.origin.hold(PATH, 'headers')
    const measured = stage.ask('measured')
    await slow.arrived
    stage.clock.advance(4_000)
    slow.release()
    await measured.answer
    const barrier = stage.origin.hold(PATH, 'headers')
    const clients = [stage.ask('a'), stage.ask('b'), stage.ask('b')]
    await stage.store.lookups(4)
    const native = await stage.ask('c').answer
    const body = { model: 'tiny', messages: [{ role: 'user', content: 'c' }] }
    const compatible = await postJson(stage.reprise.port, '/v1/chat/completions', body)
    expect([native.status, compatible.status]).toEqual([503, 503])
    expect(JSON.parse(native.body.toString()).error).toMatch(/^server busy: .*queue\.maxDepth/)
    expect(JSON.parse(compatible.body.toString()).error).toMatchObject({ type: 'api_error' })
    // Two runs of 4 s before it: the one that has the slot, and the one that waits.
    expect(native.header('retry-after')).toBe('8')
    expect([native.header('x-cache'), native.header('cache-status')]).toEqual([
      undefined,
      undefined,
    ])
    barrier.release()
    await answersOf(clients)
    expect(await stage.reprise.metric('reprise_refusals_total{reason="queue-full"}')).toBe(2)
  })

  it('has room again as soon as one has left', async () => {
    const stage = await openStage(full)
    const { barrier, clients } = await line(stage, ['a', 'b'])
    clients[1]?.abort()
    await stage.reprise.logged({ status: 499 })
    const next = stage.ask('c')
    await stage.store.lookups(3)
    expect(await stage.reprise.metric('reprise_queue_depth')).toBe(1)
    barrier.release()
    expect((await next.answer).status).toBe(200)
    expect(stage.prompts()).toEqual(['a', 'c'])
  })
})

describe('queue.maxWaitMs', () => {
  it('ends a wait with 503, and leaves what runs alone', async () => {
    const stage = await openStage({ flags: { ...ONE, 'queue.maxWaitMs': 1_000 } })
    const { barrier, clients } = await line(stage, ['a', 'b', 'b'])
    const [running, ...waiting] = clients
    stage.clock.advance(1_000)
    for (const refused of await answersOf(waiting)) {
      expect(refused.status).toBe(503)
      expect(refused.header('retry-after')).toBe('1')
      expect(refused.body.toString()).toMatch(/queue\.maxWaitMs/)
    }
    // Each request counts, not each flight.
    expect(await stage.reprise.metric('reprise_refusals_total{reason="queue-timeout"}')).toBe(2)
    barrier.release()
    expect((await running?.answer)?.status).toBe(200)
    expect(stage.prompts()).toEqual(['a'])
  })
})
