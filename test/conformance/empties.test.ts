import { afterAll, beforeAll, expect, it } from 'vitest'
import { WEATHER } from './cases.ts'
import { neutralise } from './compare.ts'
import { askDirectly, deleteOwnModels, describeOllama, makeModel } from './ollama.ts'

type Body = Record<string, unknown>

const ON_BOTH: readonly Body[] = [
  { options: {} },
  { options: null },
  { logprobs: false },
  { think: null },
]

/** What leaves the key because Ollama reads it as absent (`empty` in src/ollama/fields.ts). */
const LISTED: Record<string, readonly Body[]> = {
  '/api/generate': [
    { suffix: '' },
    { system: '' },
    { template: '' },
    { raw: false },
    { images: [] },
    ...ON_BOTH,
  ],
  '/api/chat': ON_BOTH,
}

const user = { role: 'user', content: 'Hello' }
const CONTEXTS: Record<string, readonly Body[]> = {
  '/api/generate': [
    { prompt: 'Hello' },
    { prompt: 'Hello', context: [260, 450, 263] },
    { prompt: 'Hello', system: 'Be brief.' },
    { prompt: 'Hello', template: '{{ .System }}|{{ .Prompt }}|' },
    { prompt: 'Hello', raw: true },
  ],
  '/api/chat': [
    { messages: [user] },
    { messages: [{ role: 'system', content: 'Be brief.' }, user] },
    { messages: [user, { role: 'assistant', content: 'The sky' }] },
  ],
}

/** Of two spellings of a field only one can be there: a context that has it already is left out. */
const contextsFor = (path: string, empty: Body) =>
  (CONTEXTS[path] ?? []).filter((context) => !Object.keys(empty).some((key) => key in context))

describeOllama.each([
  ['a plain model', 'tiny', {}],
  ['a tool model', 'tiny-tools', {}],
  ['a thinking model', 'tiny-think', {}],
  ['a model with a SYSTEM', 'tiny', { system: 'You are a lighthouse.' }],
])('on %s', (_, from, more) => {
  let model: string

  beforeAll(async () => {
    model = await makeModel(`empties-${from}`, from, more)
  })

  afterAll(deleteOwnModels)

  /** The prompt as Ollama renders it, and a greedy answer, since not all of a request is in the prompt. */
  const read = async (path: string, body: Body) => {
    const base = { model, stream: false, ...body }
    const rendered = await askDirectly(path, { ...base, _debug_render_only: true })
    const answered = await askDirectly(path, base)
    expect(rendered.body.toString()).toContain('"rendered_template"')
    expect(answered.status).toBe(200)
    return { rendered: neutralise(rendered.body), answered: neutralise(answered.body) }
  }

  const cases = Object.entries(LISTED).flatMap(([path, bodies]) =>
    bodies.map((empty): [string, Body] => [path, empty]),
  )

  it.each(cases)('%s reads %j as if it were absent', async (path, empty) => {
    for (const context of contextsFor(path, empty)) {
      expect(await read(path, { ...context, ...empty })).toEqual(await read(path, context))
    }
  })

  it('what is compared tells requests apart', async () => {
    const plain = await read('/api/generate', { prompt: 'Hello' })
    const other = await read('/api/generate', { prompt: 'Hello', system: 'Be brief.' })
    expect(other.rendered).not.toBe(plain.rendered)
    expect(other.answered).not.toBe(plain.answered)
  })

  it('/api/chat reads an empty list of tools as if it were absent, with these templates', async () => {
    // It stays in the key all the same: a template may ask whether there is a list, and these do not.
    for (const context of CONTEXTS['/api/chat'] ?? []) {
      const absent = await read('/api/chat', context)
      expect(await read('/api/chat', { ...context, tools: [] })).toEqual(absent)
    }
  })

  if (from === 'tiny-tools')
    it('reads a list with a tool in it as another question', async () => {
      const absent = await read('/api/chat', { messages: [user] })
      const given = await read('/api/chat', { messages: [user], tools: [WEATHER] })
      expect(given.rendered).not.toBe(absent.rendered)
    })
})
