import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDocument } from '../../src/ollama/document.ts'
import { findEndpoint } from '../../src/ollama/endpoints.ts'
import { needsReload, readLoadOptions } from '../../src/ollama/load-options.ts'
import { documentOf, type Route } from './documents.ts'

const read = (rest: string, route: Route = 'generate'): string =>
  readLoadOptions(documentOf(`{"model":"m","prompt":"p"${rest}}`, route))

const readOptions = (options: string): string => read(`,"options":${options}`)

describe('the load options of a request', () => {
  it('are nothing where it names none', () => {
    expect(read('')).toBe('')
    expect(readOptions('{}')).toBe('')
    expect(readOptions('null')).toBe('')
    expect(readOptions('{"temperature":1,"num_keep":3,"num_predict":5,"seed":1}')).toBe('')
  })

  it('are sorted by name, whatever order they came in', () => {
    expect(
      readOptions(
        '{"use_mmap":true,"num_thread":6,"num_gpu":0,"num_ctx":4096,"num_batch":64,"main_gpu":1,"draft_num_predict":4}',
      ),
    ).toBe(
      'draft_num_predict=4 main_gpu=1 num_batch=64 num_ctx=4096 num_gpu=0 num_thread=6 use_mmap=true',
    )
  })

  it.each(['4096', '4096.0', '4096.9', '4.096e3', '40960e-1'])(
    'go by the whole number of %s',
    (lexeme) => {
      expect(readOptions(`{"num_ctx":${lexeme}}`)).toBe('num_ctx=4096')
    },
  )

  it.each([
    ['null', '{"num_ctx":null,"use_mmap":null}'],
    ['num_gpu left to Ollama', '{"num_gpu":-1}'],
    ['num_thread left to the runtime', '{"num_thread":0}'],
    ['a value that Ollama refuses', '{"num_ctx":"4096","use_mmap":1,"num_gpu":true}'],
    ['a name that Ollama does not know (152)', '{"NUM_CTX":4096}'],
  ])('leave out %s', (_, options) => {
    expect(readOptions(options)).toBe('')
  })

  it('name shift where it is off, beside the options', () => {
    expect(read(',"shift":false,"options":{"use_mmap":false,"num_ctx":8}')).toBe(
      'num_ctx=8 shift=false use_mmap=false',
    )
    expect(read(',"shift":true')).toBe('')
    expect(read(',"shift":null')).toBe('')
    expect(readOptions('{"shift":false}')).toBe('')
  })

  it('have no shift on a route that does not generate', () => {
    expect(read(',"shift":false,"options":{"num_ctx":8}', 'embed')).toBe('num_ctx=8')
  })

  it('are nothing over /v1, which does not read options', () => {
    const endpoint = findEndpoint('POST', '/v1/chat/completions')!
    const bytes = Buffer.from('{"model":"m","num_ctx":8,"options":{"num_ctx":8},"shift":false}')
    expect(readLoadOptions(readDocument(bytes, endpoint)!)).toBe('')
  })

  it('do not depend on how the body is written', () => {
    const options = fc.dictionary(
      fc.constantFrom('num_ctx', 'num_gpu', 'num_thread', 'main_gpu', 'top_k'),
      fc.integer({ min: -2, max: 1e6 }),
    )
    fc.assert(
      fc.property(options, (each) => {
        const turned = Object.fromEntries(Object.entries(each).reverse())
        expect(readOptions(JSON.stringify(turned, null, 2))).toBe(readOptions(JSON.stringify(each)))
      }),
    )
  })
})

describe('a reload', () => {
  it.each([
    ['', 'num_ctx=8'],
    ['num_ctx=8', ''],
    ['num_ctx=8', 'num_ctx=16'],
    ['', 'num_gpu=0'],
    ['num_gpu=0', 'num_gpu=1'],
    ['num_gpu=0', 'num_ctx=8'],
    ['num_ctx=8 num_gpu=0', 'num_gpu=0'],
  ])('is needed from "%s" to "%s"', (loaded, asked) => {
    expect(needsReload(loaded, asked)).toBe(true)
  })

  it.each([
    ['', ''],
    ['num_ctx=8 num_gpu=0', 'num_ctx=8 num_gpu=0'],
    ['num_gpu=0', ''],
    ['num_ctx=8 num_gpu=0 num_thread=6', 'num_ctx=8 num_thread=6'],
  ])('is not needed from "%s" to "%s"', (loaded, asked) => {
    expect(needsReload(loaded, asked)).toBe(false)
  })
})

interface Recorded {
  readonly reload_on_X: boolean
  readonly reload_back_to_plain: boolean
}

describe('what a real Ollama did', () => {
  const file = new URL('../corpus/experiments/reloads-v0.32.15.json', import.meta.url)
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Recorded>

  /** Where Reprise cannot know: they are what this machine's Ollama had chosen by itself. */
  const CHOSEN = ['num_ctx=2048 (= effective)', 'num_ctx=4096 (= default)', 'use_mmap=false']

  const cases = Object.entries(recorded).filter(
    ([name]) => /^[a-z_]+=/.test(name) && !CHOSEN.includes(name),
  )

  it('is recorded for every kind of option but the draft', () => {
    expect(cases.length).toBeGreaterThanOrEqual(10)
  })

  it.each(cases)('with %s, there and back, is foretold', (name, found) => {
    const [option = '', value = ''] = name.split('=')
    const isField = option === 'shift' || option === 'truncate'
    const body = `"${option}":${value}`
    const loaded = isField ? read(`,${body}`) : readOptions(`{${body}}`)
    expect(needsReload('', loaded)).toBe(found.reload_on_X)
    expect(needsReload(loaded, '')).toBe(found.reload_back_to_plain)
  })
})
