import { describe, expect, it } from 'vitest'
import { answersOf, openStage, PATH } from './support/stage.ts'

const FLAGS = { 'queue.concurrency': 1 }

describe('a server that is told to stop', () => {
  it('lets what runs come to its end for all who ride along, and refuses at once what waits', async () => {
    const stage = await openStage({ flags: FLAGS })
    const barrier = stage.origin.hold(PATH, 5)
    const leader = stage.ask('a')
    await leader.frames(5)
    const followers = [stage.ask('a'), stage.ask('a', { stream: false })]
    const queued = [stage.ask('b'), stage.ask('b', { stream: false }), stage.ask('c')]
    await stage.store.lookups(6)
    const closing = stage.close()
    for (const refused of await answersOf(queued)) {
      expect(refused.status).toBe(503)
      expect(refused.header('retry-after')).toBe('1')
      expect(JSON.parse(refused.body.toString())).toEqual({ error: 'reprise is shutting down' })
    }
    stage.clock.advance(20_000)
    barrier.release()
    const [first, second, whole] = await answersOf([leader, ...followers])
    const all = (await stage.direct('a')).body
    expect([first?.end, second?.end]).toEqual(['proved', 'proved'])
    expect([first?.body, second?.body]).toEqual([all, all])
    expect(whole?.status).toBe(200)
    await closing
    expect(new Set(stage.prompts())).toEqual(new Set(['a']))
    expect(stage.clock.pending()).toBe(0)
  })

  it('takes nobody new, and survives a follower whose leader has left', async () => {
    const stage = await openStage({ flags: FLAGS })
    const barrier = stage.origin.hold(PATH, 5)
    const leader = stage.ask('a')
    await leader.frames(5)
    const follower = stage.ask('a')
    await follower.frames(5)
    const closing = stage.close()
    const late = await stage.ask('late').answer
    expect(late.line).toBe('')
    leader.abort()
    await stage.reprise.logged({ outcome: 'miss' })
    barrier.release()
    expect((await follower.answer).end).toBe('proved')
    await closing
  })

  it('cuts what is left when its time is over, and ends the run at the origin', async () => {
    const stage = await openStage({ flags: FLAGS })
    const barrier = stage.origin.hold(PATH, 5)
    const client = stage.ask('a')
    await client.frames(5)
    const [call] = stage.origin.calls(PATH)
    const closing = stage.close()
    stage.clock.advance(25_000)
    const answer = await client.answer
    expect([answer.end, answer.chunks.length]).toEqual(['cut', 5])
    await call?.closed
    expect(call?.state).toBe('aborted')
    await closing
    barrier.release()
  })
})
