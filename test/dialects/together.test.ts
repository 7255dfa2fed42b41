import { describe, expect, it } from 'vitest'
import { listEvents, listIds, toComparable } from './support/comparable.ts'
import { DIALECTS, openDialects } from './support/stage.ts'

describe.each(DIALECTS)('clients of $path that ask together', ({ path, body }) => {
  it('share one run, each in its form, with ids and names of their own', async () => {
    const stage = await openDialects()
    const barrier = stage.origin.hold(path, 3)
    const wishes = [
      { ...body, stream: true },
      { ...body, stream: true, model: 'TINY' },
      { ...body, model: 'tiny:latest' },
      { ...body, stream: true, model: 'library/tiny' },
      body,
    ]
    const clients = wishes.map((wish) => stage.send(path, wish))
    await barrier.arrived
    await stage.store.lookups(wishes.length)
    barrier.release()
    const answers = await Promise.all(clients.map(({ answer }) => answer))
    expect(stage.origin.calls(path)).toHaveLength(1)
    for (const [index, answer] of answers.entries()) {
      const direct = await stage.direct(path, wishes[index] ?? {})
      expect(toComparable(answer.body)).toBe(toComparable(direct.body))
      expect(listIds(answer.body)).toHaveLength(path === '/v1/responses' ? 2 : 1)
    }
    const statuses = answers.map((answer) => answer.header('cache-status')).toSorted()
    expect(statuses.slice(0, 2)).toEqual(['reprise; fwd=miss', 'reprise; fwd=miss; collapsed'])
    const ids = new Set(answers.map((answer) => listIds(answer.body)[0]))
    expect(ids.size).toBeGreaterThan(1)
  })

  it('share its error, and a later one asks anew', async () => {
    const stage = await openDialects()
    const barrier = stage.origin.hold(path, 'headers')
    stage.origin.fail(path, { kind: 'status', status: 500, error: 'broken' })
    const clients = [stage.send(path, body), stage.send(path, { ...body, stream: true })]
    await barrier.arrived
    await stage.store.lookups(2)
    barrier.release()
    const answers = await Promise.all(clients.map(({ answer }) => answer))
    expect(answers.map(({ status }) => status)).toEqual([500, 500])
    expect(answers.map((answer) => answer.body.toString())).toEqual([
      '{"error":"broken"}',
      '{"error":"broken"}',
    ])
    expect(stage.origin.calls(path)).toHaveLength(1)
    expect((await stage.ask(path, body)).status).toBe(200)
  })

  it('lose none where the first one leaves', async () => {
    const stage = await openDialects()
    const barrier = stage.origin.hold(path, 4)
    const leader = stage.send(path, { ...body, stream: true })
    await barrier.arrived
    const follower = stage.send(path, { ...body, stream: true })
    await stage.store.lookups(2)
    leader.abort()
    await stage.reprise.logged({ outcome: 'miss' })
    barrier.release()
    const answer = await follower.answer
    const direct = await stage.direct(path, { ...body, stream: true })
    expect(toComparable(answer.body)).toBe(toComparable(direct.body))
    expect(listEvents(answer.body)).toHaveLength(answer.chunks.length)
    expect((await stage.ask(path, body)).header('x-cache')).toBe('HIT')
  })
})
