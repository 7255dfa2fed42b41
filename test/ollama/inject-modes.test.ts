import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { InjectionRules } from '../../src/ollama/inject.ts'
import { DEFAULT_RULES, documentOf, endpointOf, injectInto } from './documents.ts'

function run(text: string, rules: Partial<InjectionRules>) {
  const all = { ...OFF, ...rules }
  const { document, applied, cap } = injectInto(documentOf(text), endpointOf('generate'), all)
  return { text: document.bytes.toString(), applied: applied.join(', '), cap }
}

const OFF: InjectionRules = {
  numThread: { mode: 'off', value: 6 },
  keepAlive: { mode: 'off', value: '30m' },
  maxTokens: { mode: 'off', value: 4096 },
  temperature: { mode: 'off', value: 0.3 },
}

const withOption = (name: string, json: string) =>
  `{"model":"m","prompt":"p","options":{"${name}":${json}}}`
const withKeepAlive = (json: string) => `{"model":"m","prompt":"p","keep_alive":${json}}`

describe('a parameter', () => {
  it('that is off is never put in', () => {
    const sent = '{"model":"m","prompt":"p"}'
    expect(run(sent, {})).toEqual({ text: sent, applied: '', cap: undefined })
  })

  it.each([
    ['numThread', 'num_thread', 6, 'num_thread=6'],
    ['maxTokens', 'num_predict', 120, 'num_predict=120'],
    ['temperature', 'temperature', 0.3, 'temperature=0.3'],
  ] as const)('%s that is forced replaces what was sent', (rule, name, value, applied) => {
    const rules = { [rule]: { mode: 'force', value } }
    for (const json of ['5', '1.5', '1000000', '-1', 'null', '0']) {
      expect(run(withOption(name, json), rules)).toMatchObject({
        text: withOption(name, String(value)),
        applied,
      })
    }
    const equal = withOption(name, `${value}`)
    expect(run(equal, rules)).toEqual({ text: equal, applied: '', cap: undefined })
    const foreign = withOption(name, '"x"')
    expect(run(foreign, rules)).toEqual({ text: foreign, applied: '', cap: undefined })
  })

  it('keep_alive that is forced replaces all but zero and itself', () => {
    const rules: Partial<InjectionRules> = { keepAlive: { mode: 'force', value: '30m' } }
    for (const json of ['5', '"1h"', '-1', 'null']) {
      expect(run(withKeepAlive(json), rules).text).toBe(withKeepAlive('"30m"'))
    }
    for (const json of ['0', '"0s"', '"0m"', '"30m"']) {
      expect(run(withKeepAlive(json), rules).text).toBe(withKeepAlive(json))
    }
  })

  it('keep_alive may be a number of seconds', () => {
    const rules: Partial<InjectionRules> = { keepAlive: { mode: 'force', value: 60 } }
    expect(run(withKeepAlive('"5m"'), rules)).toMatchObject({
      text: withKeepAlive('60'),
      applied: 'keep_alive=60',
    })
    expect(run(withKeepAlive('60.0'), rules).applied).toBe('')
  })

  it('temperature is filled in only where there is one to give and none was sent', () => {
    const fill: Partial<InjectionRules> = { temperature: { mode: 'fill', value: 0.3 } }
    expect(run('{"model":"m","prompt":"p"}', fill)).toMatchObject({
      text: '{"options":{"temperature":0.3},"model":"m","prompt":"p"}',
      applied: 'temperature=0.3',
    })
    expect(run(withOption('temperature', 'null'), fill).applied).toBe('temperature=0.3')
    expect(run(withOption('temperature', '0.9'), fill).applied).toBe('')
    expect(run('{"model":"m"}', fill).applied).toBe('')
    const none: Partial<InjectionRules> = { temperature: { mode: 'force', value: null } }
    expect(run(withOption('temperature', '0.9'), none).applied).toBe('')
  })

  it('is named in the order of the header, temperature last', () => {
    const rules = { ...DEFAULT_RULES, temperature: { mode: 'fill', value: 0.3 } as const }
    expect(run('{"model":"m","prompt":"p"}', rules).applied).toBe(
      'num_thread=6, keep_alive=30m, num_predict=4096, temperature=0.3',
    )
  })
})

describe('injection', () => {
  const mode = fc.constantFrom('fill', 'force', 'off')
  const rules = fc.record({
    numThread: fc.record({ mode, value: fc.integer({ min: 1, max: 64 }) }),
    keepAlive: fc.record({ mode, value: fc.constantFrom<string | number>('30m', '1h', 60) }),
    maxTokens: fc.record({ mode, value: fc.integer({ min: 1, max: 9999 }) }),
    temperature: fc.record({ mode, value: fc.constantFrom(0.3, 0, null) }),
  }) as fc.Arbitrary<InjectionRules>
  const number = fc.option(fc.oneof(fc.integer(), fc.double({ noNaN: true })))
  const body = fc.record(
    {
      model: fc.constant('m'),
      prompt: fc.string({ unit: 'grapheme', minLength: 1 }),
      keep_alive: fc.constantFrom(null, 0, -1, 5, '10m', '0s'),
      options: fc.option(
        fc.record(
          { num_thread: number, num_predict: number, temperature: number, seed: fc.integer() },
          { requiredKeys: [] },
        ),
      ),
      future: fc.jsonValue(),
    },
    { requiredKeys: ['model', 'prompt'] },
  )

  it('sets its members and changes nothing else of what Ollama reads', () => {
    fc.assert(
      fc.property(body, rules, fc.constantFrom(0, 1), (value, chosen, indent) => {
        const sent = JSON.stringify(value, null, indent)
        const { applied, document } = injectInto(documentOf(sent), endpointOf('generate'), chosen)
        const before = JSON.parse(sent)
        const after = JSON.parse(document.bytes.toString())
        for (const text of applied) {
          const [name = ''] = text.split('=')
          const holder = name === 'keep_alive' ? 'request' : 'options'
          const was = holder === 'request' ? before : (before.options ?? {})
          const is = holder === 'request' ? after : after.options
          expect(`${name}=${is[name]}`).toBe(text)
          if (name in was) is[name] = was[name]
          else delete is[name]
        }
        if (!before.options && after.options) {
          expect(after.options).toEqual({})
          if ('options' in before) after.options = null
          else delete after.options
        }
        expect(after).toEqual(before)
      }),
    )
  })

  it('leaves nothing to be injected a second time', () => {
    fc.assert(
      fc.property(body, rules, (value, chosen) => {
        const once = injectInto(documentOf(JSON.stringify(value)), endpointOf('generate'), chosen)
        const twice = injectInto(once.document, endpointOf('generate'), chosen)
        expect(twice.applied).toEqual([])
        expect(twice.document).toBe(once.document)
      }),
    )
  })
})
