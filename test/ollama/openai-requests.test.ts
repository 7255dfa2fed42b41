import { describe, expect, it } from 'vitest'
import { canonicalize } from '../../src/ollama/canonical.ts'
import { readDocument } from '../../src/ollama/document.ts'
import { translateRequest } from '../../src/ollama/openai-requests.ts'
import { loadClients, loadCorpus, VERSIONS } from '../support/corpus.ts'
import { documentAt, endpointAt } from './compatible-documents.ts'
import { GOLDEN, type Golden } from './openai-golden.ts'

const REQUESTS = GOLDEN.filter(({ frames }) => frames === undefined)

/** What Ollama translates, and Reprise rather leaves to it. */
const LEFT = [
  'chat no model',
  'chat model missing',
  // No message at all comes of it: Ollama only loads the model.
  'chat messages parts empty',
  // The calls go to the message before, or arguments that are no object are none.
  'chat messages parts empty with calls',
  'chat messages arguments null',
  // The native handler refuses it.
  'embed number',
]

const translate = ({
  path,
  body,
  form = 'newer',
}: Pick<Golden, 'path' | 'body'> & Partial<Golden>) =>
  translateRequest(path, documentAt(path, body), form)

/** The form in which requests are compared, whoever wrote them. */
const canonical = (path: string, body: Buffer | string) =>
  canonicalize(readDocument(Buffer.from(body), endpointAt(path))!).toString()

describe('a request of an OpenAI route', () => {
  const translated = REQUESTS.filter(({ native, name }) => native !== '' && !LEFT.includes(name))

  it.each(translated)('becomes the native one that Ollama makes of it: $form $name', (golden) => {
    const made = translate(golden)!
    expect(canonical(made.path, made.body)).toBe(canonical(made.path, golden.native))
    const stream = (json: string) => (JSON.parse(json) as { stream?: boolean }).stream
    expect(stream(made.body.toString())).toBe(stream(golden.native))
  })

  it.each(REQUESTS.filter(({ native }) => native === ''))(
    'is left alone where Ollama refuses it: $form $name',
    (golden) => {
      expect(translate(golden)).toBeUndefined()
    },
  )

  it.each(REQUESTS.filter(({ name }) => LEFT.includes(name)))(
    'is left alone where Ollama does something of its own: $form $name',
    (golden) => {
      expect(translate(golden)).toBeUndefined()
    },
  )

  it('is left alone for a model that runs elsewhere, and on another route', () => {
    const body = JSON.stringify({ model: 'x:cloud', messages: [{ role: 'user', content: 'x' }] })
    expect(translate({ path: '/v1/chat/completions', body })).toBeUndefined()
    expect(translate({ path: '/v1/responses', body: '{"model":"m","input":"x"}' })).toBeUndefined()
    expect(translate({ path: '/api/chat', body: body.replace(':cloud', '') })).toBeUndefined()
  })
})

const RECORDED = [
  ...VERSIONS.flatMap((version) => loadCorpus(version)),
  ...loadClients().flatMap(({ exchanges }) => exchanges),
].filter(({ request }) => /^POST \/v1\/(chat\/)?(completions|embeddings) /.test(request.line))

describe('a recorded request', () => {
  it('is there for every route', () => {
    expect(RECORDED.length).toBeGreaterThan(90)
  })

  it.each(RECORDED)('$version $name is translated if it was answered', ({ request, response }) => {
    const path = request.line.split(' ')[1]!
    const document = readDocument(request.body, endpointAt(path))
    const made = document && translateRequest(path, document, 'newer')
    const isRefused = response.line.includes(' 400 ')
    // The layer refuses without a line end what never reaches the handlers behind it (corpus 388–392).
    const isOwn = isRefused && response.body.at(-1) !== 0x0a
    const isNameless = document !== undefined && !document.members.has('model')
    expect(made === undefined).toBe(isOwn || isNameless)
  })

  it('shares its key with the native one of a client that says the same', () => {
    const openai = translate({
      path: '/v1/chat/completions',
      body: '{"model":"tiny","messages":[{"role":"user","content":"Hello"}],"max_tokens":20,"seed":1}',
    })!
    const native =
      '{"model":"tiny:latest","messages":[{"role":"user","content":"Hello"}],"stream":false,"options":{"temperature":1.0,"top_p":1.0,"seed":1,"num_predict":20}}'
    expect(canonical('/api/chat', openai.body)).toBe(canonical('/api/chat', native))
  })
})
