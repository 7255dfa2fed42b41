import { describe, expect, it } from 'vitest'
import { toBodyPlan } from '../support/origin-plan.ts'
import { TOO_LONG } from '../support/origin-vectors.ts'
import { EMBED, OPENAI, openEmbeddings } from './support/stage.ts'
import { cutVectors, writeVector } from './support/written-vectors.ts'

const REFUSED = JSON.stringify({ error: TOO_LONG })

const answerOf = (vectors: readonly string[]) =>
  toBodyPlan(
    200,
    'application/json; charset=utf-8',
    Buffer.from(`{"model":"minilm","embeddings":[${vectors}],"prompt_eval_count":3}`),
  )

describe('an error of the missing texts', () => {
  it('is Ollama’s answer, and nothing of that call is kept', async () => {
    const stage = await openEmbeddings()
    await stage.ask('a')
    const answer = await stage.ask(['a', 'b', 'bad'])
    expect([answer.status, answer.body.toString()]).toEqual([400, REFUSED])
    expect(answer.headers.filter(([name]) => /^content-length$/i.test(name))).toHaveLength(1)
    expect((await stage.ask('b')).header('x-cache')).toBe('MISS')
    expect(stage.asked()).toEqual([['a'], ['b', 'bad'], ['b']])
  })

  it('keeps what earlier calls of the same request have made', async () => {
    const stage = await openEmbeddings({ 'embeddings.maxBatch': 2 })
    expect((await stage.ask(['a', 'b', 'c', 'bad', 'e'])).status).toBe(400)
    expect(stage.asked()).toEqual([
      ['a', 'b'],
      ['c', 'bad'],
    ])
    expect((await stage.ask(['b', 'a'])).header('x-cache')).toBe('HIT')
  })

  it('is not told to a follower whose own texts are good', async () => {
    const stage = await openEmbeddings()
    const barrier = stage.origin.hold(EMBED, 'headers')
    const leader = stage.embed(['bad', 'a'])
    await barrier.arrived
    const followers = [stage.embed(['a']), stage.embed(['b', 'a'])]
    await stage.origin.waitForCall(EMBED, 2)
    await stage.store.lookups(5)
    barrier.release()
    expect((await leader.answer).body.toString()).toBe(REFUSED)
    const answers = await Promise.all(followers.map(({ answer }) => answer))
    expect(answers.map(({ body }) => cutVectors(body))).toEqual([
      [writeVector('a')],
      [writeVector('b'), writeVector('a')],
    ])
    // The two of them ask for it once.
    expect(stage.asked().filter((texts) => texts.join() === 'a')).toHaveLength(1)
  })

  it('is told to a follower that has all of the texts', async () => {
    const stage = await openEmbeddings()
    const barrier = stage.origin.hold(EMBED, 'headers')
    const leader = stage.embed(['bad'])
    await barrier.arrived
    const follower = stage.embed(['bad'])
    await stage.store.lookups(2)
    barrier.release()
    for (const each of [leader, follower]) expect((await each.answer).status).toBe(400)
    expect(stage.asked()).toEqual([['bad']])
  })

  it('of an unknown model is Ollama’s on each route', async () => {
    const stage = await openEmbeddings()
    for (const path of [EMBED, OPENAI]) {
      const answer = await stage.post(path, { model: 'nosuch', input: 'x' }).answer
      expect(answer.status).toBe(404)
      expect(answer.body.toString()).toContain('not found, try pulling it first')
    }
  })
})

describe('an answer that does not fit the texts', () => {
  const a = writeVector('a') ?? ''
  it.each([
    ['fewer vectors', [a]],
    ['more vectors', [a, a, a]],
    ['no vectors', []],
    ['vectors of two lengths', [a, '[1]']],
    ['an infinite number', [a, a.replace('e+38', 'e+39')]],
    ['a null', [a, a.replace('-0', 'null')]],
  ])('has %s: the request goes again as it came, and nothing is kept', async (_what, vectors) => {
    const stage = await openEmbeddings()
    const body = { input: ['a', 'b', 'a'], truncate: true, unheard: [1, { of: 'this' }] }
    stage.origin.answerWith(EMBED, answerOf(vectors))
    const answer = await stage.post(EMBED, body).answer
    expect(cutVectors(answer.body)).toEqual([a, writeVector('b'), a])
    expect(answer.header('x-cache')).toBe('MISS')
    const sent = stage.origin.calls(EMBED).map((call) => call.body.toString())
    expect(sent.at(-1)).toBe(JSON.stringify({ model: 'minilm', ...body }))
    expect((await stage.ask(['a', 'b'])).header('x-cache')).toBe('MISS')
    expect(sent).toHaveLength(2)
  })

  it('is passed on as it is where it comes twice', async () => {
    const stage = await openEmbeddings()
    stage.origin.answerWith(EMBED, answerOf([a]))
    stage.origin.answerWith(EMBED, answerOf([a]))
    const answer = await stage.ask(['a', 'b'])
    expect(answer.body.toString()).toBe(
      `{"model":"minilm","embeddings":[${a}],"prompt_eval_count":3}`,
    )
    expect(await stage.reprise.metric('reprise_flights_open')).toBe(0)
  })
})

describe('a transport that breaks', () => {
  it('before the answer is tried once more, and then told', async () => {
    const stage = await openEmbeddings()
    const reset = { kind: 'reset-before-headers' } as const
    stage.origin.fail(EMBED, reset)
    expect(cutVectors((await stage.ask(['a'])).body)).toEqual([writeVector('a')])
    stage.origin.fail(EMBED, reset, reset)
    const answer = await stage.ask(['b'])
    expect(answer.status).toBe(502)
    expect(JSON.parse(answer.body.toString())).toHaveProperty('error')
  })

  it.each([
    ['in the middle', { kind: 'close-inside', frames: 0 }],
    ['with less than it announced', { kind: 'short-length' }],
  ] as const)('%s is never passed on as a whole answer, nor kept', async (_where, fault) => {
    const stage = await openEmbeddings()
    const texts = Array.from({ length: 60 }, (_, index) => `text ${index}`)
    stage.origin.fail(EMBED, fault)
    const answer = await stage.ask(texts)
    expect(answer.status).toBe(502)
    expect(answer.end).toBe('proved')
    expect((await stage.ask(texts.slice(0, 2))).header('x-cache')).toBe('MISS')
  })
})
