import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeString } from '../../src/ollama/walk.ts'

const decode = (text: string): string => {
  const bytes = Buffer.from(`..${JSON.stringify(text)}..`)
  return decodeString(bytes, 2, bytes.length - 2)
}

describe('the text of a string', () => {
  it('is what JSON says, however short, and whatever was met before', () => {
    const text = fc.oneof(
      fc.constantFrom('model', 'done', 'ab', 'ba', 'a\u007f', 'é', '', '\\', '"'),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.string({ unit: 'grapheme-ascii', maxLength: 26 }),
    )
    fc.assert(
      fc.property(fc.array(text, { maxLength: 40 }), (texts) => {
        expect([...texts, ...texts].map(decode)).toEqual([...texts, ...texts])
      }),
    )
  })

  it('is its own where another has its place among those that were met', () => {
    const texts = Array.from({ length: 5_000 }, (_, n) => `n${n}`)
    for (let round = 0; round < 2; round++) expect(texts.map(decode)).toEqual(texts)
  })
})
