import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assembleVectors } from '../../src/ollama/embedding-answer.ts'
import type { EmbeddingRoute } from '../../src/ollama/embedding-inputs.ts'
import { readInputs, toEmbedRequest } from '../../src/ollama/embedding-inputs.ts'
import { toTextSeries } from '../../src/ollama/embedding-key.ts'
import { sliceVectors } from '../../src/ollama/vectors.ts'
import { documentAt } from './compatible-documents.ts'

/** What stands in a key besides its body. */
const PARTS = { partition: 'p', route: 'r', version: '1', digest: 'd', dateStamp: '' }

/** A vector from which the text can be read back, with every spelling of a number Go may choose. */
const toVector = (text: string): string => {
  const bytes = [...Buffer.from(text)]
  const padded = [bytes.length, ...bytes, ...Array<number>(64).fill(0)].slice(0, 64)
  const spell = [(n: number) => `${n}`, (n: number) => `-${n}`, (n: number) => `${n}e+2`]
  return `[${padded.map((n, i) => spell[i % 3]!(n)).join(',')}]`
}

/** Embeds whatever it is asked for, as the origin does, and remembers what that was. */
function answer(route: EmbeddingRoute, body: Buffer, asked: string[]): Buffer {
  const { input } = JSON.parse(body.toString()) as { input: string | string[] }
  const texts = [input].flat()
  asked.push(...texts)
  const facts = { model: 'm', tokens: 7, totalDuration: 5, loadDuration: 2 } as const
  const vectors = texts.map((text) => Buffer.from(toVector(text)))
  return assembleVectors(route, vectors, { ...facts, encoding: 'float' })
}

const text = fc.oneof(
  fc.constantFrom('', 'a', 'b', 'c', '\u2028', 'é', '"', '[1,2]', '{}'),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
)

const batch = fc.record({
  route: fc.constantFrom<EmbeddingRoute>('/api/embed', '/v1/embeddings'),
  texts: fc.array(text, { minLength: 1, maxLength: 12 }),
})

describe('any sequence of batches', () => {
  it('puts every vector in its place, byte for byte, and asks for no text twice', () => {
    fc.assert(
      fc.property(fc.array(batch, { minLength: 1, maxLength: 4 }), (batches) => {
        const store = new Map<string, Buffer>()
        const asked: string[] = []
        for (const { route, texts } of batches) {
          const document = documentAt(route, { model: 'm', input: texts })
          const inputs = readInputs(document, route)!
          const series = toTextSeries(document, PARTS)
          const keys = inputs.distinct.map(({ text }) => series.toKey(text))
          const missing = inputs.distinct.filter((_, index) => !store.has(keys[index]!))
          if (missing.length > 0) {
            const sent = toEmbedRequest(document, route, missing).bytes
            const { vectors } = sliceVectors(answer(route, sent, asked), route)!
            expect(vectors).toHaveLength(missing.length)
            for (const [i, input] of missing.entries()) {
              store.set(keys[inputs.distinct.indexOf(input)]!, vectors[i]!)
            }
          }
          const known = inputs.order.map((place) => store.get(keys[place]!)!)
          expect(known.map(String)).toEqual(texts.map(toVector))
        }
        expect(new Set(asked).size).toBe(asked.length)
      }),
      { numRuns: 4_500 },
    )
  })

  it('holds for an answer of a thousand vectors', () => {
    const vectors = Array.from({ length: 1000 }, (_, i) => Buffer.from(toVector(`text ${i}`)))
    const facts = { model: 'm', tokens: 7, totalDuration: 5, loadDuration: 2 } as const
    const whole = assembleVectors('/api/embed', vectors, { ...facts, encoding: 'float' })
    expect(sliceVectors(whole, '/api/embed')?.vectors.map(String)).toEqual(vectors.map(String))
  })
})
