import { describe, expect, it } from 'vitest'
import { EMBED, openEmbeddings } from './support/stage.ts'
import { cutVectors, writeVector } from './support/written-vectors.ts'

const vectorsOf = (texts: readonly string[]) => texts.map((text) => writeVector(text))

describe('texts that are being computed', () => {
  it('are waited for by other batches, which ask for the rest alone', async () => {
    const stage = await openEmbeddings()
    const barrier = stage.origin.hold(EMBED, 'headers')
    const first = stage.embed(['a', 'b'])
    await barrier.arrived
    const second = stage.embed(['c', 'b', 'a', 'd'])
    const third = stage.embed(['d', 'a'])
    await stage.origin.waitForCall(EMBED, 2)
    await stage.store.lookups(8)
    barrier.release()
    expect(cutVectors((await first.answer).body)).toEqual(vectorsOf(['a', 'b']))
    expect(cutVectors((await second.answer).body)).toEqual(vectorsOf(['c', 'b', 'a', 'd']))
    const last = await third.answer
    expect(cutVectors(last.body)).toEqual(vectorsOf(['d', 'a']))
    expect(last.header('cache-status')).toBe('reprise; fwd=miss; collapsed')
    expect(stage.asked()).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
  })

  it('spare a batch that waits for some of them their share of the call', async () => {
    const stage = await openEmbeddings()
    const barrier = stage.origin.hold(EMBED, 'headers')
    const first = stage.embed(['a', 'b', 'c', 'd'])
    await barrier.arrived
    const second = stage.embed(['d'])
    await stage.store.lookups(5)
    barrier.release()
    await Promise.all([first.answer, second.answer])
    await stage.reprise.logged({ outcome: 'collapsed' })
    // The simulated call takes 30 ms, 1 of them to load.
    expect(stage.reprise.stats().saved.seconds).toBeCloseTo(0.029 / 4, 9)
  })

  it('are computed to the end for a follower whose leader leaves', async () => {
    const stage = await openEmbeddings()
    const barrier = stage.origin.hold(EMBED, 'headers')
    const leader = stage.embed(['a', 'b', 'c'])
    await barrier.arrived
    const follower = stage.embed(['b', 'x'])
    await stage.origin.waitForCall(EMBED, 2)
    leader.abort()
    await stage.reprise.logged({ status: 499 })
    barrier.release()
    expect(cutVectors((await follower.answer).body)).toEqual(vectorsOf(['b', 'x']))
    const [call] = stage.origin.calls(EMBED)
    expect(call?.state).toBe('finished')
    expect((await stage.ask(['a', 'c', 'x'])).header('x-cache')).toBe('HIT')
  })

  it('are given up, and asked for again by the next, where everybody leaves', async () => {
    const stage = await openEmbeddings()
    const barrier = stage.origin.hold(EMBED, 0)
    const leader = stage.embed(['a', 'b'])
    await barrier.arrived
    const follower = stage.embed(['b'])
    await stage.store.lookups(3)
    const [call] = stage.origin.calls(EMBED)
    leader.abort()
    follower.abort()
    await call?.closed
    barrier.release()
    expect(call?.state).toBe('aborted')
    await stage.reprise.logged({ status: 499 }, 2)
    expect(cutVectors((await stage.ask(['b', 'a'])).body)).toEqual(vectorsOf(['b', 'a']))
    expect(await stage.reprise.metric('reprise_flights_open')).toBe(0)
  })

  it('are not asked for in the name of a client that left between two calls', async () => {
    const stage = await openEmbeddings({ 'embeddings.maxBatch': 1 })
    const barrier = stage.origin.hold(EMBED, 'headers')
    const leader = stage.embed(['a', 'b'])
    await barrier.arrived
    const follower = stage.embed(['a'])
    await stage.store.lookups(3)
    leader.abort()
    await stage.reprise.logged({ status: 499 })
    barrier.release()
    expect((await follower.answer).status).toBe(200)
    expect((await stage.ask(['c'])).status).toBe(200)
    expect(stage.asked()).toEqual([['a'], ['c']])
    expect(await stage.reprise.metric('reprise_flights_open')).toBe(0)
  })

  it('are the same texts where a follower takes a failed call over', async () => {
    const stage = await openEmbeddings()
    stage.origin.fail(EMBED, { kind: 'reset-before-headers' })
    const barrier = stage.origin.hold(EMBED, 'headers')
    const leader = stage.embed(['a', 'b'])
    await barrier.arrived
    // As many texts as the leader's: a vector in the wrong place would not be noticed by their number.
    const follower = stage.embed(['b', 'x'])
    await stage.origin.waitForCall(EMBED, 2)
    barrier.release()
    expect(cutVectors((await follower.answer).body)).toEqual(vectorsOf(['b', 'x']))
    expect(cutVectors((await leader.answer).body)).toEqual(vectorsOf(['a', 'b']))
    expect(stage.asked()).toEqual([['a', 'b'], ['x'], ['a', 'b']])
    expect(cutVectors((await stage.ask(['x', 'b', 'a'])).body)).toEqual(vectorsOf(['x', 'b', 'a']))
  })

  it('are looked up again where a call has ended since', async () => {
    const stage = await openEmbeddings({ 'embeddings.maxBatch': 1 })
    const barrier = stage.origin.hold(EMBED, 'headers')
    const slow = stage.embed(['a', 'b'])
    await barrier.arrived
    await stage.origin.waitForCall(EMBED, 1)
    const other = stage.embed(['b'])
    await stage.origin.waitForCall(EMBED, 2)
    barrier.release()
    expect(cutVectors((await other.answer).body)).toEqual(vectorsOf(['b']))
    expect(cutVectors((await slow.answer).body)).toEqual(vectorsOf(['a', 'b']))
    expect(stage.asked()).toEqual([['a'], ['b']])
  })
})
