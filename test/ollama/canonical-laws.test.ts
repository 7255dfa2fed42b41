import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalize, canonicalizeInSteps } from '../../src/ollama/canonical.ts'
import { type Document, readDocument } from '../../src/ollama/document.ts'
import { type Body, changeLeaf, chatBody, generateBody, respell, turnNested } from './bodies.ts'
import { DEFAULT_RULES, documentOf, endpointOf, injectInto, type Route } from './documents.ts'

const canonical = (text: string, route: Route = 'generate') =>
  canonicalize(documentOf(text, route)).toString()

const bodies = fc.oneof(
  generateBody.map((body) => ({ route: 'generate' as const, body })),
  chatBody.map((body) => ({ route: 'chat' as const, body })),
)

describe('the canonical form', () => {
  it('is its own canonical form', () => {
    fc.assert(
      fc.property(bodies, ({ route, body }) => {
        const once = canonical(JSON.stringify(body), route)
        expect(canonical(once, route)).toBe(once)
      }),
    )
  })

  it('is the same for the spliced document and for its bytes read again', () => {
    fc.assert(
      fc.property(bodies, fc.constantFrom(0, 2), ({ route, body }, indent) => {
        const endpoint = endpointOf(route)
        const sent = documentOf(JSON.stringify(body, null, indent), route)
        const { document } = injectInto(sent, endpoint, DEFAULT_RULES)
        const reread = readDocument(document.bytes, endpoint)!
        expect(canonicalize(reread)).toEqual(canonicalize(document))
      }),
    )
  })
})

describe('the canonical form made in steps', () => {
  const inSteps = (document: Document, stepBytes: number): Buffer => {
    const steps = canonicalizeInSteps(document, undefined, stepBytes)
    for (;;) {
      const { done, value } = steps.next()
      if (done) return value
    }
  }
  const escaped = fc.constantFrom(
    '\\n',
    '\\/',
    '\\"',
    '\\\\',
    '\\u0041',
    '\\uD83D\\ude00',
    '\\ud7ff',
  )
  const character = fc.constantFrom('a', 'é', '€', '😀', ' ', 'u', 'd8')
  const long = fc.array(fc.oneof(escaped, character), { minLength: 1, maxLength: 60 })

  it('is the same, wherever a step ends', () => {
    fc.assert(
      fc.property(bodies, fc.nat(), fc.integer({ min: 1, max: 40 }), ({ route, body }, seed, n) => {
        const document = documentOf(respell(JSON.stringify(body), seed), route)
        expect(inSteps(document, n)).toEqual(canonicalize(document))
      }),
    )
  })

  it('is the same for texts and pictures that are all escapes', () => {
    const picture = fc.array(fc.constantFrom('\\n', '\\r\\n', '\\/', '\\u002b', 'QUJD'), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(long, picture, fc.integer({ min: 1, max: 40 }), (text, lines, n) => {
        const [prompt, image] = [text.join(''), lines.join('')]
        const sent = `{"model":"m","prompt":"${prompt}","images":["x","${image}"],"x":[ {"y":"${prompt}"} ]}`
        const document = documentOf(sent, 'generate')
        expect(inSteps(document, n)).toEqual(canonicalize(document))
      }),
      { numRuns: 500 },
    )
  })
})

describe('the canonical form is blind to', () => {
  const blindTo = (change: (body: Body, seed: number) => string) =>
    fc.assert(
      fc.property(bodies, fc.nat(), ({ route, body }, seed) => {
        expect(canonical(change(body, seed), route)).toBe(canonical(JSON.stringify(body), route))
      }),
    )

  it('white space', () => {
    blindTo((body, seed) => JSON.stringify(body, null, seed % 4))
  })

  it('the spelling of texts and names', () => {
    blindTo((body, seed) => respell(JSON.stringify(body), seed))
  })

  it('the order of members at the top level and in options', () => {
    blindTo((body) => {
      const turned = Object.fromEntries(Object.entries(body).reverse())
      if (!body.options) return JSON.stringify(turned)
      const options = Object.fromEntries(Object.entries(body.options).reverse())
      return JSON.stringify({ ...turned, options })
    })
  })

  it('the model, streaming and keep_alive', () => {
    blindTo((body, seed) => {
      const stream = [true, false, null][seed % 3]
      return JSON.stringify({ ...body, model: `m${seed}`, stream, keep_alive: `${seed}s` })
    })
  })

  it('the spelling of known floats', () => {
    blindTo((body) =>
      JSON.stringify(body).replace(
        /"(temperature|top_p|min_p|typical_p|repeat_penalty|presence_penalty|frequency_penalty)":(0|1|2)(?=[,}])/g,
        '"$1":$2.0e0',
      ),
    )
  })

  it('the empties that Ollama reads as absent', () => {
    blindTo((body) => {
      const common = { logprobs: false, think: null }
      const empties =
        'prompt' in body
          ? { ...common, suffix: '', system: '', template: '', raw: false, images: [] }
          : common
      return JSON.stringify({ ...empties, ...body })
    })
  })
})

describe('the canonical form tells apart', () => {
  it('two bodies that differ in one leaf, wherever it stands', () => {
    fc.assert(
      fc.property(bodies, fc.nat(), ({ route, body }, seed) => {
        const changed = changeLeaf(body, seed)
        expect(canonical(JSON.stringify(changed), route)).not.toBe(
          canonical(JSON.stringify(body), route),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('two bodies that differ in the order of anything nested', () => {
    fc.assert(
      fc.property(bodies, fc.nat(), ({ route, body }, seed) => {
        const changed = turnNested(body, seed)
        fc.pre(changed !== undefined)
        expect(canonical(JSON.stringify(changed), route)).not.toBe(
          canonical(JSON.stringify(body), route),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('a body from one with another field or option', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => `x${text}`)
    fc.assert(
      fc.property(bodies, name, fc.jsonValue(), ({ route, body }, extra, value) => {
        const base = canonical(JSON.stringify(body), route)
        expect(canonical(JSON.stringify({ ...body, [extra]: value }), route)).not.toBe(base)
        const options = { ...body.options, [extra]: value }
        expect(canonical(JSON.stringify({ ...body, options }), route)).not.toBe(base)
      }),
    )
  })

  it.each([20_000, 200_000])('two prompts of %i bytes that differ in the last one', (length) => {
    const text = 'x'.repeat(length - 1)
    const [one, other] = ['a', 'b'].map((end) => canonical(JSON.stringify({ prompt: text + end })))
    expect(one).not.toBe(other)
  })
})
