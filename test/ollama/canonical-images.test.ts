import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalize } from '../../src/ollama/canonical.ts'
import { documentAt } from './compatible-documents.ts'

const canonical = (path: string, body: string): string =>
  canonicalize(documentAt(path, body)).toString()

const inGenerate = (images: string) => `{"model":"m","prompt":"x","images":[${images}]}`
const inChat = (images: string) =>
  `{"model":"m","messages":[{"role":"user"},{"images":[${images}],"content":"a\\nb"}]}`

const PLACES = [
  ['/api/generate', inGenerate],
  ['/api/chat', inChat],
] as const

describe.each(PLACES)('pictures of %s', (path, place) => {
  it.each([
    [String.raw`"AAAA\nBBBB"`, '"AAAABBBB"'],
    [String.raw`"AAAA\r\nBBBB\r\n"`, '"AAAABBBB"'],
    [String.raw`"\nAA\n==\n"`, '"AA=="'],
    [String.raw`"A\u000aA\u000DAA"`, '"AAAA"'],
    [String.raw`"\/9j\/"`, '"/9j/"'],
    [String.raw`"AA\u0041A"`, '"AAAA"'],
    [String.raw`"AAAA" , "BB\nBB"`, '"AAAA","BBBB"'],
    [String.raw`"AA\nAA","BBBB" , "CC\nCC"`, '"AAAA","BBBB","CCCC"'],
  ])('%s are %s', (written, plain) => {
    expect(canonical(path, place(written))).toBe(canonical(path, place(plain)))
  })

  it.each([
    ['"AAAA"', '"AAAB"'],
    ['"AAAA","BBBB"', '"AAAABBBB"'],
    ['"AA AA"', '"AAAA"'],
    [String.raw`"AA\tAA"`, '"AAAA"'],
    [String.raw`"AA\\nAA"`, String.raw`"AA\nAA"`],
    [String.raw`"AA\\nAA"`, '"AAnAA"'],
    ['null', '""'],
  ])('%s are not %s', (one, other) => {
    expect(canonical(path, place(one))).not.toBe(canonical(path, place(other)))
  })

  it('are the same wherever their base64 is broken', () => {
    const broken = fc.array(fc.constantFrom('A', 'b', '+', '/', '=', '\n', '\r', '\r\n'))
    fc.assert(
      fc.property(fc.array(broken, { minLength: 1 }), (lists) => {
        const spell = (text: string) => JSON.stringify(text)
        const texts = lists.map((list) => list.join(''))
        const plain = texts.map((text) => text.replace(/[\r\n]/g, ''))
        expect(canonical(path, place(texts.map(spell).join()))).toBe(
          canonical(path, place(plain.map(spell).join())),
        )
      }),
    )
  })
})

describe('line breaks', () => {
  it('anywhere else are meant', () => {
    for (const [one, other] of [
      [String.raw`{"model":"m","prompt":"a\nb"}`, '{"model":"m","prompt":"ab"}'],
      [String.raw`{"model":"m","system":"a\nb"}`, '{"model":"m","system":"ab"}'],
    ] as const) {
      expect(canonical('/api/generate', one)).not.toBe(canonical('/api/generate', other))
    }
    const told = (text: string) => `{"model":"m","messages":[{"content":"${text}","images":["A"]}]}`
    expect(canonical('/api/chat', told(String.raw`a\nb`))).not.toBe(
      canonical('/api/chat', told('ab')),
    )
    const unread = (text: string) =>
      `{"model":"m","messages":[{"content":"x","images":["${text}"]}]}`
    const path = '/v1/chat/completions'
    expect(canonical(path, unread(String.raw`a\nb`))).not.toBe(canonical(path, unread('ab')))
  })
})
