import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readFrame } from '../../src/ollama/frame.ts'
import { toGoString } from '../../src/ollama/go-json.ts'
import { loadExperiment } from '../support/corpus.ts'
import { foldFrames, STREAMS, split, toLines } from './recorded-frames.ts'

const frames = (...lines: string[]): Buffer[] => lines.map((line) => Buffer.from(`${line}\n`))

const fold = (route: 'generate' | 'chat', lines: string[], tools: 'tools' | 'no-tools') =>
  foldFrames(`/api/${route}`, frames(...lines), tools).body.toString()

const readBody = (name: string): Buffer => Buffer.from(loadExperiment(name).response.text ?? '')

describe('the fold of a generate stream', () => {
  it('is the last frame with the texts of all', () => {
    const lines = [
      '{"model":"m","response":"a\\u003c","done":false}',
      '{"model":"m","response":"\\"é","done":false}',
      '{"model":"n","response":"","done":true,"context":[1,2]}',
    ]
    expect(fold('generate', lines, 'no-tools')).toBe(
      '{"model":"n","response":"a\\u003c\\"é","done":true,"context":[1,2]}',
    )
  })

  it('puts thinking behind the response, and log probabilities at the end', () => {
    const lines = [
      '{"response":"","thinking":"h","done":false,"logprobs":[1, 2]}',
      '{"response":"x","thinking":"m","done":false,"logprobs":[]}',
      '{"response":"y","done":true,"eval_count":3}',
    ]
    expect(fold('generate', lines, 'no-tools')).toBe(
      '{"response":"xy","thinking":"hm","done":true,"eval_count":3,"logprobs":[1, 2]}',
    )
  })

  it('keeps the thinking of the last frame in its place', () => {
    const lines = ['{"response":"","thinking":"h"}', '{"thinking":"m","response":"","done":true}']
    expect(fold('generate', lines, 'no-tools')).toBe('{"thinking":"hm","response":"","done":true}')
  })

  it('has the text that was streamed, whatever characters it is made of', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
        const lines = texts.map((text) => `{"response":${toGoString(text)},"done":false}`)
        const body = fold('generate', [...lines, '{"response":"","done":true}'], 'no-tools')
        expect(body).toBe(`{"response":${toGoString(texts.join(''))},"done":true}`)
      }),
    )
  })
})

describe('the fold of a chat stream', () => {
  const CALLS = [
    '{"message":{"role":"assistant","content":"","tool_calls":[{"id":"a"}]},"done":false}',
    '{"message":{"role":"assistant","content":"","thinking":"h","tool_calls":[{"id":"b"}]},"done":false}',
    '{"message":{"role":"assistant","content":"z"},"done":true}',
  ]

  it('has the calls of all frames where the request had tools', () => {
    expect(fold('chat', CALLS, 'tools')).toBe(
      '{"message":{"role":"assistant","content":"z","thinking":"h","tool_calls":[{"id":"a"},{"id":"b"}]},"done":true}',
    )
  })

  it('has only the calls of the last frame where it had none', () => {
    expect(fold('chat', CALLS, 'no-tools')).toBe(
      '{"message":{"role":"assistant","content":"z","thinking":"h"},"done":true}',
    )
  })

  it('reads texts inside the message only', () => {
    const lines = [
      '{"content":"no","message":{"role":"x","content":"a","inner":{"content":"no"}}}',
      '{"content":"kept","message":{"role":"x","content":"b"},"done":true}',
    ]
    expect(fold('chat', lines, 'no-tools')).toBe(
      '{"content":"kept","message":{"role":"x","content":"ab"},"done":true}',
    )
  })

  it.each([
    ['"done":true,"done_reason":"stop"', '"done":true,"done_reason":"stop","logprobs":[1]'],
    ['"done":false', '"done":false,"logprobs":[1]'],
  ])('has its log probabilities behind %s', (end, expected) => {
    const message = '"message":{"role":"x","content":""}'
    const lines = [`{${message},"done":false,"logprobs":[1]}`, `{${message},${end},"eval_count":1}`]
    expect(fold('chat', lines, 'no-tools')).toBe(`{${message},${expected},"eval_count":1}`)
  })

  it('leaves a last frame without a message as it is', () => {
    const lines = ['{"message":{"content":"a"},"logprobs":[1]}', '{"note":1}']
    expect(fold('chat', lines, 'no-tools')).toBe('{"note":1}')
  })
})

describe('a run that did not end well', () => {
  it('folds to the 500 that Ollama gives to who asked for the whole (killed-generate-*)', () => {
    const recorded = loadExperiment('killed-generate-nostream').response
    const folded = foldFrames(
      '/api/generate',
      split(readBody('killed-generate-stream')),
      'no-tools',
    )
    expect(recorded.line).toContain(` ${folded.status} `)
    expect(recorded.headers).toContainEqual(['Content-Type', folded.contentType])
    expect(folded.body.toString()).toBe(recorded.text)
    const chat = foldFrames('/api/chat', split(readBody('killed-chat-stream')), 'no-tools')
    expect([chat.status, chat.body.toString()]).toEqual([500, recorded.text])
  })

  it('folds to a 200 with `done: false` where the stream just ended (ollama-wire §1.8)', () => {
    const cut = toLines(readBody('killed-generate-stream')).slice(0, 3)
    const folded = foldFrames('/api/generate', cut, 'no-tools')
    expect(folded.status).toBe(200)
    expect(folded.body.toString()).toMatch(
      /^\{"model":"tiny-long",.*"response":"The sky is","done":false\}$/,
    )
  })

  it.each([
    ['/api/generate', { response: '' }],
    ['/api/chat', { message: { role: '', content: '' } }],
  ] as const)('folds to the zero object of %s where nothing came', (route, text) => {
    const zero = { model: '', created_at: '0001-01-01T00:00:00Z', ...text, done: false }
    for (const nothing of [[], frames('')]) {
      const folded = foldFrames(route, nothing, 'no-tools')
      expect(folded.status).toBe(200)
      expect(folded.body.toString()).toBe(JSON.stringify(zero))
    }
  })

  it('a frame that ends without a line end is a frame', () => {
    const folded = foldFrames('/api/generate', [Buffer.from('{"response":"a"}')], 'no-tools')
    expect(folded.body.toString()).toBe('{"response":"a"}')
  })
})

it('no bytes make it fail', () => {
  const line = fc.oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.json().map(Buffer.from),
  )
  fc.assert(
    fc.property(fc.array(line), fc.constantFrom('/api/generate', '/api/chat'), (lines, route) => {
      const folded = foldFrames(route, lines, 'tools')
      expect([200, 500, 502]).toContain(folded.status)
    }),
  )
})

/** Says where every member of the last frame stands in the fold, as reading that would find it. */
function expectPlaces(route: '/api/generate' | '/api/chat', lines: readonly Buffer[]): void {
  const folded = foldFrames(route, lines, 'tools')
  const members = folded.members?.() ?? new Map()
  const read = readFrame(folded.body)
  const last = readFrame(lines.at(-1) ?? Buffer.alloc(0))
  expect([...members.keys()]).toEqual([...(last?.keys() ?? [])])
  for (const [name, member] of members) expect(member).toEqual(read?.get(name))
}

describe('the places of a fold', () => {
  it.each(STREAMS)('$version $name are where its members stand', ({ route, exchange }) => {
    const lines = toLines(exchange.response.body)
    if (!readFrame(lines.at(-1) ?? Buffer.alloc(0))?.has('error')) expectPlaces(route, lines)
  })

  it('follow what grew, what shrank and what was put in before them', () => {
    const member = fc.constantFrom(
      '"model":"m"',
      '"created_at":"2026-01-01T00:00:00Z"',
      '"response":"a"',
      '"response":"longer than the last"',
      '"message":{"role":"x","content":"b"}',
      '"message":{"content":"","thinking":"t","tool_calls":[{"id":"a"}]}',
      '"thinking":"h"',
      '"logprobs":[1]',
      '"done_reason":"stop"',
      '"done":true',
      '"eval_count":7',
    )
    const frame = fc
      .uniqueArray(member, { maxLength: 8, selector: (each) => each.slice(0, 5) })
      .map((members) => Buffer.from(`{${members.join(',')}}\n`))
    fc.assert(
      fc.property(
        fc.constantFrom('/api/generate' as const, '/api/chat' as const),
        fc.array(frame, { minLength: 1, maxLength: 5 }),
        expectPlaces,
      ),
      { numRuns: 1_000 },
    )
  })
})
