import { describe, expect, it } from 'vitest'
import { judgeSampling, type SamplingRules } from '../../src/ollama/sampling.ts'
import { documentOf } from './documents.ts'

const RULES: SamplingRules = { maxTemperature: 0.3, absent: 'reuse' }
const STRICT: SamplingRules = { maxTemperature: 0.3, absent: 'bypass' }

const judge = (options: string, rules = RULES) =>
  judgeSampling(documentOf(`{"model":"m","prompt":"p","options":${options}}`), rules)

describe('an answer may be given again', () => {
  it.each([
    ['no options', 'null'],
    ['no temperature', '{"num_predict":5}'],
    ['no temperature in effect', '{"temperature":null}'],
    ['a temperature of zero', '{"temperature":0}'],
    ['the highest temperature that counts as low', '{"temperature":0.3}'],
    ['greedy sampling', '{"temperature":1,"top_k":1}'],
    ['greedy sampling, by a fraction that Ollama cuts off', '{"temperature":1,"top_k":1.9}'],
    ['a seed', '{"temperature":0.8,"seed":42}'],
    ['the seed zero', '{"temperature":0.8,"seed":0}'],
    ['a temperature that Ollama refuses', '{"temperature":"hot"}'],
    ['a temperature whose name Ollama does not know (152)', '{"Temperature":1}'],
  ])('with %s', (_, options) => {
    expect(judge(options)).toBe('reusable')
  })
})

describe('an answer is asked for anew', () => {
  it.each([
    ['a high temperature', '{"temperature":0.8}'],
    ['a temperature just above the limit', '{"temperature":0.30001}'],
    ['the seed that means random', '{"temperature":0.8,"seed":-1}'],
    ['its other spelling', '{"temperature":0.8,"seed":4294967295}'],
    ['a wider seed that ends in it', '{"temperature":0.8,"seed":8589934591}'],
    ['a seed that is none', '{"temperature":0.8,"seed":null}'],
    ['a seed of another type', '{"temperature":0.8,"seed":"42"}'],
    ['a choice of two', '{"temperature":0.8,"top_k":2}'],
  ])('with %s', (_, options) => {
    expect(judge(options)).toBe('temperature')
  })
})

describe('under strict rules', () => {
  it('no temperature asks for a new answer', () => {
    expect(judge('{}', STRICT)).toBe('temperature')
  })

  it.each(['{"seed":1}', '{"top_k":1}', '{"temperature":0}'])('%s does not', (options) => {
    expect(judge(options, STRICT)).toBe('reusable')
  })
})
