import { describe, expect, it } from 'vitest'
import { DEFAULT_RULES, documentOf, endpointOf, injectInto, type Route } from './documents.ts'

function run(text: string, route: Route = 'generate', rules = DEFAULT_RULES) {
  const { document, applied, cap } = injectInto(documentOf(text, route), endpointOf(route), rules)
  return { text: document.bytes.toString(), applied: applied.join(', '), cap }
}

const ALL = 'num_thread=6, keep_alive=30m, num_predict=4096'

describe('injection of the defaults', () => {
  it.each([
    [
      'options absent: an object is put in (065)',
      '{"model":"m","prompt":"p"}',
      '{"options":{"num_thread":6,"num_predict":4096},"keep_alive":"30m","model":"m","prompt":"p"}',
      ALL,
    ],
    [
      'options null: an object takes its place (150)',
      '{"model":"m","prompt":"p","options": null }',
      '{"keep_alive":"30m","model":"m","prompt":"p","options": {"num_thread":6,"num_predict":4096} }',
      ALL,
    ],
    [
      'options empty: members are put in',
      '{"model":"m","prompt":"p","options":{ }}',
      '{"keep_alive":"30m","model":"m","prompt":"p","options":{"num_thread":6,"num_predict":4096 }}',
      ALL,
    ],
    [
      'options present: its members stay',
      '{ "model":"m","prompt":"p","options":{ "seed" : 1 }}',
      '{"keep_alive":"30m", "model":"m","prompt":"p","options":{"num_thread":6,"num_predict":4096, "seed" : 1 }}',
      ALL,
    ],
    [
      'an option that is null counts as none (149)',
      '{"model":"m","prompt":"p","keep_alive":1,"options":{"num_predict":null,"num_thread":null}}',
      '{"model":"m","prompt":"p","keep_alive":1,"options":{"num_predict":4096,"num_thread":6}}',
      'num_thread=6, num_predict=4096',
    ],
    [
      'keep_alive null counts as none (239)',
      '{"model":"m","prompt":"p","keep_alive":null,"options":{"num_predict":1,"num_thread":2}}',
      '{"model":"m","prompt":"p","keep_alive":"30m","options":{"num_predict":1,"num_thread":2}}',
      'keep_alive=30m',
    ],
    [
      'a complete request is left as it is',
      '{"model":"m","prompt":"p","keep_alive":"5m","options":{"num_predict":4096,"num_thread":2}}',
      '{"model":"m","prompt":"p","keep_alive":"5m","options":{"num_predict":4096,"num_thread":2}}',
      '',
    ],
    [
      'a keep_alive that pins is left as it is (225)',
      '{"model":"m","prompt":"p","keep_alive":-1,"options":{"num_predict":1,"num_thread":2}}',
      '{"model":"m","prompt":"p","keep_alive":-1,"options":{"num_predict":1,"num_thread":2}}',
      '',
    ],
  ])('%s', (_, sent, expected, applied) => {
    expect(run(sent)).toMatchObject({ text: expected, applied })
  })

  it.each([
    ['0', '6'],
    ['0.0', '6'],
    ['-0', '6'],
    ['0.9', '6'],
    ['null', '6'],
    ['4', '4'],
    ['-1', '-1'],
    ['"4"', '"4"'],
    ['true', 'true'],
    ['1e400', '1e400'],
  ])('num_thread %s becomes %s', (sent, expected) => {
    const body = (json: string) =>
      `{"model":"m","prompt":"p","keep_alive":1,"options":{"num_predict":1,"num_thread":${json}}}`
    expect(run(body(sent)).text).toBe(body(expected))
  })

  it.each([
    ['0 is unlimited (068)', '0', '4096'],
    ['negative is unlimited (072)', '-1', '4096'],
    ['above the cap', '5000', '4096'],
    ['far above', '1e300', '4096'],
    ['at the cap', '4096', '4096'],
    ['a fraction is cut off first (147)', '4096.9', '4096.9'],
    ['a fraction that is nothing without it', '0.9', '4096'],
    ['below', '5', '5'],
    ['of a wrong type (146)', '"5000"', '"5000"'],
    ['of another wrong type', '[]', '[]'],
    ['beyond all numbers', '1e400', '1e400'],
  ])('num_predict: %s', (_, sent, expected) => {
    const body = (json: string) =>
      `{"model":"m","prompt":"p","keep_alive":1,"options":{"num_thread":2,"num_predict":${json}}}`
    const { text, cap } = run(body(sent))
    expect(text).toBe(body(expected))
    expect(cap).toBe(sent === expected ? undefined : 4096)
  })

  it.each([
    ['{"model":"m"}', 'generate'],
    ['{"model":"m","prompt":""}', 'generate'],
    ['{"model":"m","messages":[]}', 'chat'],
    ['{"model":"m"}', 'embed'],
    ['{"model":"m","input":"x"}', 'embed'],
    ['{"model":"m","prompt":"x"}', 'embeddings'],
  ] as const)('%s to %s gets what concerns the loading only', (sent, route) => {
    const { text, applied, cap } = run(sent, route)
    expect(applied).toBe('num_thread=6, keep_alive=30m')
    expect(text).toBe(`{"options":{"num_thread":6},"keep_alive":"30m",${sent.slice(1)}`)
    expect(cap).toBeUndefined()
  })

  it.each(['0', '0.0', '-0', '"0"', '"0s"', '"0m"', '"0h0m0s"'])(
    'keep_alive %s is never replaced, and the rest goes in',
    (zero) => {
      const { text, applied } = run(`{"model":"m","prompt":"p","keep_alive":${zero}}`)
      expect(text).toContain(`"keep_alive":${zero}}`)
      expect(applied).toBe('num_thread=6, num_predict=4096')
    },
  )

  it.each([
    ['unloads only', '{"model":"m","keep_alive":0}', 'generate'],
    ['unloads only, in words', '{"model":"m","prompt":"","keep_alive":"0s"}', 'generate'],
    ['unloads only', '{"model":"m","messages":[],"keep_alive":0}', 'chat'],
    ['has options of another type (151)', '{"model":"m","prompt":"p","options":[]}', 'generate'],
    ['has a bad keep_alive (235)', '{"model":"m","prompt":"p","keep_alive":"10"}', 'generate'],
    ['has a bad keep_alive (237)', '{"model":"m","prompt":"p","keep_alive":"abc"}', 'generate'],
    ['has a bad keep_alive (241)', '{"model":"m","prompt":"p","keep_alive":true}', 'generate'],
    [
      'has a bad keep_alive (245)',
      '{"model":"m","prompt":"p","keep_alive":"99999999h"}',
      'generate',
    ],
    ['has a bad keep_alive (247)', '{"model":"m","prompt":"p","keep_alive":""}', 'generate'],
    ['leaves the machine', '{"model":"x:cloud","prompt":"p"}', 'generate'],
    ['is of no route that runs a model', '{"model":"m"}', 'show'],
  ] as const)('does not touch a request that %s: %s', (_, sent, route) => {
    expect(run(sent, route)).toEqual({ text: sent, applied: '', cap: undefined })
  })

  it('gives a request to embed that unloads its threads: it loads the model first', () => {
    expect(run('{"model":"m","keep_alive":0}', 'embed').applied).toBe('num_thread=6')
  })
})
