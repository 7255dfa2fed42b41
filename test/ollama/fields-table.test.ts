import { describe, expect, it } from 'vitest'
import { readDocument } from '../../src/ollama/document.ts'
import { ENDPOINTS, findEndpoint } from '../../src/ollama/endpoints.ts'
import { dialectOf } from '../../src/ollama/fields.ts'
import { loadClients, loadCorpus, VERSIONS } from '../support/corpus.ts'

const RECORDED = [
  ...VERSIONS.flatMap((version) => loadCorpus(version)),
  ...loadClients().flatMap(({ exchanges }) => exchanges),
]

/** Every field that a body Reprise understands has at its top level, by route. */
const SEEN = RECORDED.flatMap(({ name, request }) => {
  const [method = '', path = ''] = request.line.split(' ')
  const endpoint = findEndpoint(method, path.split('?')[0] ?? '')
  if (endpoint === undefined || dialectOf(endpoint) === undefined) return []
  const document = readDocument(request.body, endpoint)
  return [...(document?.members.keys() ?? [])].map((field) => ({
    name,
    path: endpoint.path,
    field,
  }))
})

const runs = ENDPOINTS.filter(({ role, path }) => {
  const isRun = role === 'inference' || role === 'embedding'
  // Its body is a form, not JSON.
  return isRun && path !== '/v1/audio/transcriptions'
})

describe('the table of fields', () => {
  it.each(runs)('has a row for $path', (endpoint) => {
    const dialect = dialectOf(endpoint)!
    expect(dialect.fields.get(dialect.question)?.part).toBe('keyed')
    expect(dialect.fields.get('model')?.part).toBe('model')
    for (const [name, { types, part, bypass }] of dialect.fields) {
      expect(types.length, name).toBeGreaterThan(0)
      expect(['keyed', 'inert', 'model', 'ignored']).toContain(part)
      expect(bypass.every((reason) => /^[a-z-]+$/.test(reason))).toBe(true)
    }
  })

  it('says of every recorded field of every route what it is', () => {
    expect(SEEN.length).toBeGreaterThan(1000)
    expect(new Set(SEEN.map(({ path }) => path)).size).toBe(runs.length)
    const unknown = SEEN.filter(({ path, field }) => {
      return !dialectOf(findEndpoint('POST', path)!)!.fields.has(field)
    })
    expect(unknown).toEqual([])
  })

  it('lets nothing leave the key but how an answer is handed over, and how long the model stays', () => {
    const inert = runs.flatMap((endpoint) =>
      [...dialectOf(endpoint)!.fields].flatMap(([name, { part }]) =>
        part === 'inert' ? [name] : [],
      ),
    )
    const expected = ['stream', 'stream_options', 'keep_alive', 'encoding_format']
    expect(new Set(inert)).toEqual(new Set(expected))
  })

  it('reads every name that leaves the key as Ollama does, without regard to case', () => {
    for (const endpoint of runs) {
      const { fields, shape } = dialectOf(endpoint)!
      for (const [name, { part }] of fields) {
        expect([name, shape.fields.has(name)]).toEqual([name, part !== 'ignored'])
      }
    }
  })
})
