import { describe, expect, it } from 'vitest'
import { EMBED, openEmbeddings } from './support/stage.ts'
import { cutVectors, writeVector } from './support/written-vectors.ts'

const vectorsOf = (texts: readonly string[]) => texts.map((text) => writeVector(text))
const ALL_THERE = { isGone: () => false }

describe('texts whose vectors are to be read', () => {
  it('are read while the origin works on the others, which it has before', async () => {
    const stage = await openEmbeddings({}, ALL_THERE)
    await stage.ask(['a', 'b', 'c'])
    const barrier = stage.origin.hold(EMBED, 'headers')
    const before = stage.lookups()
    const asked = stage.embed(['a', 'x', 'b', 'c', 'x'])
    await barrier.arrived
    expect(stage.asked().at(-1)).toEqual(['x'])
    // Four keys are looked for, and three vectors read.
    await stage.store.lookups(before + 4 + 3)
    barrier.release()
    const answer = await asked.answer
    expect(cutVectors(answer.body)).toEqual(vectorsOf(['a', 'x', 'b', 'c', 'x']))
    expect(answer.header('x-cache')).toBe('MISS')
  })

  it('are asked for where they are gone when they are read', async () => {
    const gone = new Set<string>()
    const stage = await openEmbeddings({}, { isGone: (key) => gone.delete(key) })
    const known = ['a', 'b', 'c', 'd']
    await stage.ask(known)
    await stage.store.puts(4)
    const [, ...lost] = stage.stored().slice(0, 3)
    for (const texts of [[...known, 'x'], known]) {
      for (const key of lost) gone.add(key)
      expect(cutVectors((await stage.ask(texts)).body)).toEqual(vectorsOf(texts))
    }
    const again = ['b', 'c']
    expect(stage.asked()).toEqual([known, ['x'], again, again])
  })

  it('are a hit where all of them are there', async () => {
    const stage = await openEmbeddings({}, ALL_THERE)
    await stage.ask(['a', 'b'])
    const answer = await stage.ask(['b', 'a', 'b'])
    expect(answer.header('x-cache')).toBe('HIT')
    expect(cutVectors(answer.body)).toEqual(vectorsOf(['b', 'a', 'b']))
  })

  it('are given stale where the origin fails', async () => {
    const flags = { 'ttl.embedding': '60s', 'stale.ifErrorSeconds': '1h' }
    const stage = await openEmbeddings(flags, ALL_THERE)
    await stage.ask(['a', 'b'])
    stage.clock.advance(100_000)
    stage.origin.fail(EMBED, { kind: 'status', status: 500, error: 'no' })
    const answer = await stage.ask(['b', 'a'])
    expect([answer.status, answer.header('x-cache')]).toEqual([200, 'STALE'])
    expect(cutVectors(answer.body)).toEqual(vectorsOf(['b', 'a']))
  })

  it('are not given stale where one of them is gone when it is read', async () => {
    const gone = new Set<string>()
    const flags = { 'ttl.embedding': '60s', 'stale.ifErrorSeconds': '1h' }
    const stage = await openEmbeddings(flags, { isGone: (key) => gone.has(key) })
    await stage.ask(['a', 'b'])
    stage.clock.advance(100_000)
    gone.add(stage.stored()[0] ?? '')
    stage.origin.fail(EMBED, { kind: 'status', status: 500, error: 'no' })
    expect((await stage.ask(['b', 'a'])).status).toBe(500)
  })
})
