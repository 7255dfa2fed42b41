import { describe, expect, it } from 'vitest'
import { EMBED, openEmbeddings } from './support/stage.ts'
import { cutVectors, writeVector } from './support/written-vectors.ts'

const vectorsOf = (texts: readonly string[]) => texts.map((text) => writeVector(text))

describe('a batch of texts', () => {
  it('is answered in its own order, from one call for each text once', async () => {
    const stage = await openEmbeddings()
    const texts = ['c', 'a', 'c', 'b', 'a', 'c']
    const answer = await stage.ask(texts)
    expect(cutVectors(answer.body)).toEqual(vectorsOf(texts))
    expect(stage.asked()).toEqual([['c', 'a', 'b']])
    expect([answer.header('x-cache'), answer.header('cache-status')]).toEqual([
      'MISS',
      'reprise; fwd=miss',
    ])
  })

  it('asks for what is missing alone, in order, wherever it stands', async () => {
    const stage = await openEmbeddings()
    await stage.ask(['b', 'd'])
    const texts = ['a', 'b', 'c', 'b', 'd', 'e', 'a']
    expect(cutVectors((await stage.ask(texts)).body)).toEqual(vectorsOf(texts))
    expect(stage.asked()).toEqual([
      ['b', 'd'],
      ['a', 'c', 'e'],
    ])
  })

  it('is asked for in plain bytes, whatever its client can take', async () => {
    const stage = await openEmbeddings()
    const headers = [['Accept-Encoding', 'gzip']] as const
    const answer = await stage.post(EMBED, { input: ['a'] }, headers).answer
    expect(cutVectors(answer.body)).toEqual(vectorsOf(['a']))
    const [call] = stage.origin.calls(EMBED)
    const names = call?.headers.map(([name]) => name.toLowerCase())
    expect(names).toContain('host')
    expect(names).not.toContain('accept-encoding')
  })

  it('is a hit in any order and number once its texts are known', async () => {
    const stage = await openEmbeddings()
    await stage.ask(['a', 'b', 'c'])
    for (const texts of [['c', 'b', 'a'], ['b'], ['a', 'a', 'a'], ['a', 'b', 'c']]) {
      const answer = await stage.ask(texts)
      expect(answer.header('x-cache')).toBe('HIT')
      expect(cutVectors(answer.body)).toEqual(vectorsOf(texts))
    }
    expect((await stage.ask('b')).header('x-cache')).toBe('HIT')
    expect(stage.asked()).toHaveLength(1)
  })

  it('is the same text however its JSON is spelled', async () => {
    const stage = await openEmbeddings()
    await stage.ask(['é', 'a'])
    const spelled = '{"model":"minilm","input":[ "\\u0061" ,"\\u00e9"]}'
    const answer = await stage.post(EMBED, JSON.parse(spelled)).answer
    expect(answer.header('x-cache')).toBe('HIT')
    expect(cutVectors(answer.body)).toEqual(vectorsOf(['a', 'é']))
  })

  it('goes up in calls of embeddings.maxBatch, one after the other', async () => {
    const stage = await openEmbeddings({ 'embeddings.maxBatch': 3 })
    const texts = Array.from({ length: 8 }, (_, index) => `text ${index}`)
    await stage.ask([texts[1] ?? '', texts[6] ?? ''])
    const barrier = stage.origin.hold(EMBED, 'headers')
    const asked = stage.embed(texts)
    await stage.origin.waitForCall(EMBED, 2)
    await barrier.arrived
    expect(stage.asked()).toHaveLength(2)
    barrier.release()
    expect(cutVectors((await asked.answer).body)).toEqual(vectorsOf(texts))
    expect(stage.asked().slice(1)).toEqual([
      ['text 0', 'text 2', 'text 3'],
      ['text 4', 'text 5', 'text 7'],
    ])
  })

  it('of 1,000 texts of which 900 are known is one call of 100', async () => {
    const stage = await openEmbeddings()
    const texts = Array.from({ length: 1000 }, (_, index) => `text ${index}`)
    const isNew = (_: string, index: number) => index % 10 === 3
    await stage.ask(texts.filter((text, index) => !isNew(text, index)))
    const before = stage.asked().length
    expect(cutVectors((await stage.ask(texts)).body)).toEqual(vectorsOf(texts))
    expect(stage.asked().slice(before)).toEqual([texts.filter(isNew)])
  })

  it.each([
    [127, [127]],
    [128, [64, 64]],
    [130, [64, 64, 2]],
  ])(
    'of %i new texts is as many calls as it needs, unless there are fewer than two',
    async (count, sizes) => {
      const stage = await openEmbeddings()
      const texts = Array.from({ length: count }, (_, index) => `text ${index}`)
      expect(cutVectors((await stage.ask(texts)).body)).toEqual(vectorsOf(texts))
      expect(stage.asked().map(({ length }) => length)).toEqual(sizes)
    },
  )

  it('has a key for each text that holds model, truncate, dimensions and options', async () => {
    const stage = await openEmbeddings()
    stage.origin.setModel('other:latest', 'other').writeVector = writeVector
    const bodies = [
      {},
      { truncate: false },
      { truncate: true },
      { dimensions: 2 },
      { dimensions: 3 },
      { options: { num_ctx: 64 } },
      { unheard: 1 },
      { model: 'other' },
    ]
    for (const body of bodies) {
      expect((await stage.ask(['a', 'b'], body)).header('x-cache')).toBe('MISS')
    }
    for (const body of bodies) {
      expect((await stage.ask(['b', 'a'], body)).header('x-cache')).toBe('HIT')
    }
    expect((await stage.ask('a', { keep_alive: '7m', model: 'MINILM' })).header('x-cache')).toBe(
      'HIT',
    )
    const cut = cutVectors((await stage.ask('a', { dimensions: 2 })).body)
    expect(cut[0]?.split(',')).toHaveLength(2)
  })
})
