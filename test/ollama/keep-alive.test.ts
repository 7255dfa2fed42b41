import { describe, expect, it } from 'vitest'
import { type KeepAlive, readKeepAlive } from '../../src/ollama/keep-alive.ts'
import { documentOf } from './documents.ts'

const CASES: [string, KeepAlive][] = [
  ['null', 'absent'],
  ['10', 'positive'],
  ['1.5', 'positive'],
  ['"10m"', 'positive'],
  [String.raw`"1\u0030m"`, 'positive'],
  ['0', 'zero'],
  ['0.0', 'zero'],
  ['-0', 'zero'],
  ['0e5', 'zero'],
  ['1e-10', 'zero'],
  ['"0"', 'zero'],
  ['"0s"', 'zero'],
  ['"-0s"', 'zero'],
  ['"0m"', 'zero'],
  ['"0h0m0s"', 'zero'],
  ['"0.0s"', 'zero'],
  ['-1', 'negative'],
  ['-0.5', 'negative'],
  ['"-1s"', 'negative'],
  ['1e10', 'negative'],
  ['1e400', 'invalid'],
  ['"10"', 'invalid'],
  ['"-1"', 'invalid'],
  ['"abc"', 'invalid'],
  ['""', 'invalid'],
  ['"99999999h"', 'invalid'],
  ['true', 'invalid'],
  ['false', 'invalid'],
  ['[1]', 'invalid'],
  ['{}', 'invalid'],
]

describe('keep_alive', () => {
  it.each(CASES)('%s is %s', (json, expected) => {
    expect(readKeepAlive(documentOf(`{"keep_alive":${json}}`))).toBe(expected)
  })

  it('that is not there is absent', () => {
    expect(readKeepAlive(documentOf('{}'))).toBe('absent')
  })
})
