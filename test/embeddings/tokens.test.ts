import { describe, expect, it } from 'vitest'
import type { RawAnswer } from '../support/raw-client.ts'
import { EMBED, OPENAI, openEmbeddings } from './support/stage.ts'

const read = (answer: RawAnswer) =>
  JSON.parse(answer.body.toString()) as Record<string, number | undefined> & { usage?: object }

const tokensOf = (answer: RawAnswer) => read(answer).prompt_eval_count

/** The simulated origin counts two for the ends of a text and one for each word. */
const ONE = 3

describe('the count of tokens', () => {
  it('is the origin’s where all texts went up in calls of this request', async () => {
    const stage = await openEmbeddings({ 'embeddings.maxBatch': 2 })
    expect(tokensOf(await stage.ask(['a', 'b', 'c d']))).toBe(ONE + ONE + ONE + 1)
    expect(tokensOf(await stage.ask('e'))).toBe(ONE)
  })

  it('is told again of a text that was asked for alone, as often as it stands there', async () => {
    const stage = await openEmbeddings()
    await stage.ask('a')
    await stage.ask(['b c'])
    expect(tokensOf(await stage.ask('a'))).toBe(ONE)
    expect(tokensOf(await stage.ask(['a', 'b c', 'a']))).toBe(ONE + ONE + 1 + ONE)
    expect(tokensOf(await stage.ask(['new', 'a']))).toBe(ONE + ONE)
  })

  it('is left out where only the sum of other texts was ever told', async () => {
    const stage = await openEmbeddings()
    await stage.ask(['a', 'b'])
    expect(tokensOf(await stage.ask('a'))).toBeUndefined()
    expect(tokensOf(await stage.ask(['a', 'c']))).toBeUndefined()
    expect(tokensOf(await stage.ask(['d', 'e', 'd']))).toBeUndefined()
    expect(tokensOf(await stage.ask(['d', 'e', 'd']))).toBeUndefined()
  })

  it('is told again where all texts of a call are asked for again, among whatever others', async () => {
    const stage = await openEmbeddings()
    await stage.ask(['a', 'b c'])
    await stage.ask(['d', 'e', 'f'])
    expect(tokensOf(await stage.ask(['b c', 'a']))).toBe(ONE + ONE + 1)
    expect(tokensOf(await stage.ask(['f', 'a', 'e', 'b c', 'd']))).toBe(5 * ONE + 1)
    expect(tokensOf(await stage.ask(['new', 'b c', 'newer', 'a']))).toBe(4 * ONE + 1)
    expect(tokensOf(await stage.ask(['a', 'b c', 'a', 'b c']))).toBe(4 * ONE + 2)
    expect(tokensOf(await stage.ask(['a', 'b c', 'd', 'e']))).toBeUndefined()
  })

  it('is left out for a text that was in somebody else’s call', async () => {
    const stage = await openEmbeddings()
    const barrier = stage.origin.hold(EMBED, 'headers')
    const leader = stage.embed(['a', 'b', 'c'])
    await barrier.arrived
    const follower = stage.embed('b')
    await stage.store.lookups(4)
    barrier.release()
    expect(tokensOf(await leader.answer)).toBe(3 * ONE)
    expect(tokensOf(await follower.answer)).toBeUndefined()
  })

  it('leaves out the whole usage on /v1/embeddings where it is not known', async () => {
    const stage = await openEmbeddings()
    const ask = (input: unknown) => stage.post(OPENAI, { input }).answer
    expect(read(await ask(['a', 'b'])).usage).toEqual({ prompt_tokens: 6, total_tokens: 6 })
    expect(read(await ask('a'))).not.toHaveProperty('usage')
    expect(read(await ask('c')).usage).toEqual({ prompt_tokens: 3, total_tokens: 3 })
    expect(read(await ask('c')).usage).toEqual({ prompt_tokens: 3, total_tokens: 3 })
  })
})

describe('durations', () => {
  it('are the origin’s sums on a miss, and the time of the lookup on a hit', async () => {
    const stage = await openEmbeddings({ 'embeddings.maxBatch': 1 })
    expect(read(await stage.ask(['a', 'b']))).toMatchObject({
      total_duration: 60_000_000,
      load_duration: 2_000_000,
    })
    const hit = read(await stage.ask(['a', 'b']))
    expect(hit.total_duration ?? 0).toBeLessThan(30_000_000)
    expect(hit.load_duration).toBe(hit.total_duration)
  })
})
