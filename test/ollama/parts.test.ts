import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalize } from '../../src/ollama/canonical.ts'
import { diffParts, toParts } from '../../src/ollama/parts.ts'
import { type Body, changeLeaf, chatBody, generateBody, respell, turnNested } from './bodies.ts'
import { documentOf, type Route } from './documents.ts'

const partsOf = (body: object | string, route: Route = 'chat') =>
  toParts(documentOf(typeof body === 'string' ? body : JSON.stringify(body), route))

const diff = (one: object, other: object, route?: Route) =>
  diffParts(partsOf(one, route), partsOf(other, route))

const message = (content: string) => ({ role: 'user', content })
const messages = (count: number) => Array.from({ length: count }, (_, i) => message(`${i}`))

describe('the parts of a request', () => {
  it('are one for each field, option, message and tool, in the order of the canonical body', () => {
    const body = {
      model: 'm',
      stream: false,
      keep_alive: '5m',
      messages: messages(2),
      tools: [{}, {}],
      options: { seed: 1, num_ctx: 2 },
      format: { a: [1, 2] },
    }
    expect(Object.keys(partsOf(body))).toEqual([
      'format',
      'messages[0]',
      'messages[1]',
      'options.num_ctx',
      'options.seed',
      'tools[0]',
      'tools[1]',
    ])
  })

  it('hold hashes and no text, also where a name is one', () => {
    const body = { messages: [message('secret')], 'a secret': 'secret', options: { 'b.secret': 1 } }
    const parts = partsOf(body)
    expect(Object.keys(parts)).toEqual([
      expect.stringMatching(/^#[0-9a-f]{8}$/),
      'messages[0]',
      expect.stringMatching(/^options\.#[0-9a-f]{8}$/),
    ])
    for (const part of Object.values(parts)) expect(part).toMatch(/^[0-9a-f]{8}$/)
  })

  it('put all elements behind the first 64 into one', () => {
    expect(Object.keys(partsOf({ messages: messages(64) }))).toHaveLength(64)
    const long = partsOf({ messages: messages(80) })
    expect(Object.keys(long)).toHaveLength(65)
    expect(Object.keys(long).at(-1)).toBe('messages[64+]')
  })

  it('differ for equal values of different fields', () => {
    const parts = Object.values(partsOf({ a: 'x', b: 'x', messages: [1, 1], options: { a: 'x' } }))
    expect(new Set(parts).size).toBe(parts.length)
  })

  it('tell an empty list from none, and a list from what only looks like its element', () => {
    expect(diff({ messages: [], x: 1 }, { x: 1 })).toEqual(['messages'])
    expect(diff({ messages: [1] }, { 'messages[0]': 1 })).toHaveLength(2)
    expect(diff({ options: { seed: 1 } }, { 'options.seed': 1 })).toHaveLength(2)
    expect(diff({ options: [] }, { options: [1] })).toEqual(['options'])
  })
})

describe('the difference of two requests', () => {
  it.each<[string, object, object, string[]]>([
    ['a value', { prompt: 'a' }, { prompt: 'b' }, ['prompt']],
    ['a field more', { prompt: 'a' }, { prompt: 'a', system: 's' }, ['system']],
    ['a field less', { prompt: 'a', suffix: 's' }, { prompt: 'a' }, ['suffix']],
    [
      'options',
      { options: { seed: 1, top_k: 2 } },
      { options: { seed: 2, top_p: 1 } },
      ['options.seed', 'options.top_k', 'options.top_p'],
    ],
    ['nothing but what is inert', { model: 'a', stream: true }, { model: 'b' }, []],
    ['names of every object', { constructor: 1 }, { toString: 1 }, ['constructor', 'toString']],
  ])('%s', (_what, one, other, expected) => {
    expect(diff(one, other, 'generate')).toEqual(expected)
    expect(diff(other, one, 'generate')).toEqual(expected)
  })

  it('names messages in the order of their numbers', () => {
    const turned = messages(70).map(({ content }) => message(`${content}!`))
    const names = diff({ messages: messages(70) }, { messages: turned })
    expect(names.slice(0, 3)).toEqual(['messages[0]', 'messages[1]', 'messages[2]'])
    expect(names.slice(-2)).toEqual(['messages[63]', 'messages[64+]'])
  })

  it('keeps the name that every object has as its prototype apart', () => {
    expect(partsOf('{"__proto__":1}')).not.toEqual(partsOf('{"__proto__":2}'))
    expect(diffParts(partsOf('{"__proto__":1}'), partsOf('{}'))).toHaveLength(1)
  })
})

describe('parts and canonical bodies', () => {
  const bodies = fc.oneof(
    generateBody.map((body) => ({ route: 'generate' as const, body })),
    chatBody.map((body) => ({ route: 'chat' as const, body })),
  )
  const agree = (change: (body: Body, seed: number) => string) =>
    fc.assert(
      fc.property(bodies, fc.nat(), ({ route, body }, seed) => {
        const [one, other] = [JSON.stringify(body), change(body, seed)].map((text) =>
          documentOf(text, route),
        )
        const isEqual = canonicalize(one!).equals(canonicalize(other!))
        expect(diffParts(toParts(one!), toParts(other!)).length === 0).toBe(isEqual)
      }),
      { numRuns: 300 },
    )

  it('are equal together where only the spelling differs', () => {
    agree((body, seed) => respell(JSON.stringify(body, null, seed % 3), seed))
  })

  it('differ together where one leaf differs', () => {
    agree((body, seed) => JSON.stringify(changeLeaf(body, seed)))
  })

  it('differ together where something nested is in another order', () => {
    agree((body, seed) => JSON.stringify(turnNested(body, seed) ?? body))
  })

  it('differ together where one list goes on', () => {
    fc.assert(
      fc.property(fc.nat(70), fc.nat(70), (one, other) => {
        const names = diff({ messages: messages(one) }, { messages: messages(other) })
        expect(names.length === 0).toBe(one === other)
      }),
    )
  })
})
