import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postJson, type RawAnswer } from '../support/raw-client.ts'
import type { TestServer } from '../support/reprise.ts'
import { neutralise } from './compare.ts'
import { askDirectly, listModels, OLLAMA, startInFront } from './ollama.ts'

/** A real embedder; it is no part of the recordings. */
const MODEL = 'minilm'

const isThere = OLLAMA !== undefined && (await listModels()).includes(`${MODEL}:latest`)

if (!isThere)
  console.log(`conformance: no ${MODEL}, so vectors are not compared with the real ones`)

/** More tokens than the 512 the model takes. */
const TOO_LONG = 'every word of it counts '.repeat(200)

const EMBED: readonly [string, object][] = [
  ['one text', { input: 'The sky is blue.' }],
  ['a list of one', { input: ['The grass is green.'] }],
  ['several texts', { input: ['a cat', 'a kitten', 'the stock market'] }],
  ['texts of all kinds', { input: ['é', '漢字 😀', '<b>&', '\u2028', '"\\', ' ', 'x\ny'] }],
  ['the empty text', { input: '' }],
  ['an empty text in a list', { input: ['', 'not empty'] }],
  ['no texts', { input: [] }],
  ['no input', {}],
  ['null', { input: null }],
  ['fewer dimensions', { input: ['a cat', 'a dog'], dimensions: 16 }],
  ['more dimensions than there are', { input: 'a cat', dimensions: 4096 }],
  ['negative dimensions', { input: 'a cat', dimensions: -1 }],
  ['a text that is cut', { input: TOO_LONG }],
  ['a text that is cut, by wish', { input: [TOO_LONG, 'short'], truncate: true }],
  ['a text that must not be cut', { input: [TOO_LONG, 'short'], truncate: false }],
  ['an option', { input: 'a cat', options: { num_ctx: 128 } }],
  ['keep_alive', { input: 'a bird', keep_alive: '7m' }],
  ['numbers of tokens', { input: [101, 2003, 102] }],
  ['lists of numbers of tokens', { input: [[101, 2003, 102]] }],
  ['a number among texts', { input: ['a cat', 7] }],
  ['an object', { input: { text: 'a cat' } }],
  ['an unknown model', { model: 'nosuch', input: 'a cat' }],
]

const OLD: readonly [string, object][] = [
  ['a prompt', { prompt: 'The sky is blue.' }],
  ['an empty prompt', { prompt: '' }],
  ['no prompt', {}],
  ['a list', { prompt: ['a cat'] }],
]

const OPENAI: readonly [string, object][] = [
  ['one text', { input: 'The sea is wide.' }],
  ['several texts', { input: ['a lion', 'a tiger'] }],
  ['base64', { input: ['a lion', 'a tiger'], encoding_format: 'base64' }],
  ['float', { input: ['a lion', 'a tiger'], encoding_format: 'float' }],
  ['base64 of fewer dimensions', { input: 'a bear', encoding_format: 'base64', dimensions: 16 }],
  ['an unknown encoding', { input: 'a lion', encoding_format: 'hex' }],
  ['the empty text', { input: '' }],
  ['an empty text in a list', { input: [''] }],
  ['no texts', { input: [] }],
  ['numbers of tokens', { input: [101, 2003, 102] }],
  ['lists of numbers of tokens', { input: [[101, 2003, 102]] }],
  ['a text that is cut', { input: TOO_LONG }],
  ['an unknown model', { model: 'nosuch', input: 'a lion' }],
]

/** In this order a text that is in two of them is asked for alone first, so that its tokens are known. */
const CASES = [
  ...OPENAI.map(([what, body]) => ({ path: '/v1/embeddings', what, body })),
  ...EMBED.map(([what, body]) => ({ path: '/api/embed', what, body })),
  ...OLD.map(([what, body]) => ({ path: '/api/embeddings', what, body })),
]

/** Status, type and every byte but durations. */
const toSeen = (answer: RawAnswer) => ({
  status: answer.status,
  type: answer.header('content-type'),
  body: neutralise(answer.body),
})

const vectorsOf = ({ body }: RawAnswer): string[] => body.toString().match(/\[[-\d.,e]+\]/g) ?? []

describe.skipIf(!isThere)('embeddings of a real model', () => {
  let reprise: TestServer

  beforeAll(async () => {
    reprise = await startInFront()
  })

  afterAll(() => reprise.close())

  const ask = (path: string, body: object) =>
    postJson(reprise.port, path, { model: MODEL, ...body })

  it.each(CASES)('$path: $what, byte for byte, twice', async ({ path, body }) => {
    const direct = toSeen(await askDirectly(path, { model: MODEL, ...body }))
    expect(toSeen(await ask(path, body))).toEqual(direct)
    expect(toSeen(await ask(path, body))).toEqual(direct)
  })

  it('are those of the whole batch where most of it is known', async () => {
    const texts = Array.from({ length: 60 }, (_, at) => `note ${at} of the folder`)
    await ask('/api/embed', { input: texts.slice(0, 54).toReversed() })
    const mixed = await ask('/api/embed', { input: texts })
    expect(mixed.header('x-cache')).toBe('MISS')
    const direct = vectorsOf(await askDirectly('/api/embed', { model: MODEL, input: texts }))
    expect(direct).toHaveLength(60)
    expect(vectorsOf(mixed)).toEqual(direct)
    expect((await ask('/api/embed', { input: texts })).header('x-cache')).toBe('HIT')
  })
})
