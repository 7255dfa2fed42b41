import { describe, expect, it } from 'vitest'
import { openStage, PATH, type Stage } from './support/stage.ts'

/** Ollama begins to load the model and does not list it before it is done. */
const startLoading = (stage: Stage) => {
  const model = stage.origin.world.models.get('tiny:latest')
  if (model !== undefined) model.isLoaded = false
}

describe('while the model loads', () => {
  it('a run that nobody waits for is kept, and who comes back rides along', async () => {
    const stage = await openStage()
    const barrier = stage.origin.hold(PATH, 'headers')
    const impatient = stage.ask('q')
    await barrier.arrived
    startLoading(stage)
    impatient.abort()
    await (await stage.origin.waitForCall('/api/ps')).closed
    stage.clock.advance(59_000)
    const again = stage.ask('q')
    await stage.store.lookups(2)
    barrier.release()
    const answer = await again.answer
    expect(stage.runs()).toBe(1)
    expect(answer.header('cache-status')).toBe('reprise; fwd=miss; collapsed')
    expect(answer.body).toEqual((await stage.direct('q')).body)
    expect(stage.clock.pending()).toBe(0)
  })

  it('it is kept no longer than flight.loadGraceMs', async () => {
    const stage = await openStage({ flags: { 'flight.loadGraceMs': 5_000 } })
    const barrier = stage.origin.hold(PATH, 'headers')
    const impatient = stage.ask('q')
    const call = await stage.origin.waitForCall(PATH)
    startLoading(stage)
    impatient.abort()
    await (await stage.origin.waitForCall('/api/ps')).closed
    stage.clock.advance(4_999)
    expect(await stage.reprise.metric('reprise_runs_in_flight')).toBe(1)
    expect(call.state).toBe('open')
    stage.clock.advance(1)
    await call.closed
    expect(call.state).toBe('aborted')
    barrier.release()
  })

  it('it ends as soon as the model is there and the answer begins', async () => {
    const stage = await openStage()
    const barrier = stage.origin.hold(PATH, 'headers')
    const end = stage.origin.hold(PATH, 1)
    const impatient = stage.ask('q')
    const call = await stage.origin.waitForCall(PATH)
    startLoading(stage)
    impatient.abort()
    await (await stage.origin.waitForCall('/api/ps')).closed
    barrier.release()
    await call.closed
    expect(call.state).toBe('aborted')
    end.release()
  })
})

describe('flight.finishAbandoned', () => {
  const half = { flags: { 'flight.finishAbandoned': 0.5 } }
  const capped = { options: { num_predict: 10 } }

  it('lets a run past its share come to its end, and the retry is a hit', async () => {
    const stage = await openStage(half)
    const barrier = stage.origin.hold(PATH, 5)
    const client = stage.ask('q', capped)
    await client.frames(5)
    client.abort()
    await stage.reprise.logged({ outcome: 'miss' })
    barrier.release()
    await stage.store.puts(1)
    const retry = await stage.ask('q', { ...capped, stream: false }).answer
    expect(retry.header('x-cache')).toBe('HIT')
    expect(stage.runs()).toBe(1)
  })

  it('keeps none whose tokens have no end, however far it has come', async () => {
    const stage = await openStage({ flags: { ...half.flags, 'inject.enabled': false } })
    const barrier = stage.origin.hold(PATH, 5)
    const client = stage.ask('q', { options: { num_predict: -1 } })
    await client.frames(5)
    const [call] = stage.origin.calls(PATH)
    client.abort()
    await call?.closed
    expect([call?.json?.options, call?.state]).toEqual([{ num_predict: -1 }, 'aborted'])
    barrier.release()
  })

  it('does not keep one that has not come so far', async () => {
    const stage = await openStage(half)
    const barrier = stage.origin.hold(PATH, 4)
    const client = stage.ask('q', capped)
    await client.frames(4)
    const [call] = stage.origin.calls(PATH)
    client.abort()
    await call?.closed
    expect(call?.state).toBe('aborted')
    barrier.release()
  })
})
