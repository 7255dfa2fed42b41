import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toCreatedAt, toGoString } from '../../src/ollama/go-json.ts'
import { VERSIONS } from '../support/corpus.ts'
import { ANSWERS } from './recorded-frames.ts'

describe('a string as Go writes it', () => {
  it.each([
    ['tiny:latest', '"tiny:latest"'],
    ['a<b>&c', '"a\\u003cb\\u003e\\u0026c"'],
    ['\u2028\u2029', '"\\u2028\\u2029"'],
    ['"\\/', '"\\"\\\\/"'],
    ['\b\f\n\r\t\u0001\u001f', '"\\b\\f\\n\\r\\t\\u0001\\u001f"'],
    ['é 漢字 😀 \u007f\u0085', '"é 漢字 😀 \u007f\u0085"'],
    ['\ud800x', '"\ufffdx"'],
    ['', '""'],
  ])('%j is %s', (text, expected) => {
    expect(toGoString(text)).toBe(expected)
  })

  it('is read as what it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(toGoString(text))).toBe(text)
      }),
    )
  })

  it('has no character that a reader of lines would split at, and none of HTML', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(toGoString(`${text}\u2028\n<`)).not.toMatch(/[\n\r<>&\u2028\u2029]/)
      }),
    )
  })

  it.each(VERSIONS)('is how %s wrote every text that was recorded', (version) => {
    const texts = ANSWERS.filter((answer) => answer.version === version).flatMap(
      ({ exchange }) => exchange.response.body.toString().match(/"(?:[^"\\]|\\.)*"/g) ?? [],
    )
    expect(texts.some((text) => text.includes('\\u2028'))).toBe(true)
    for (const text of new Set(texts)) expect(toGoString(JSON.parse(text) as string)).toBe(text)
  })
})

describe('an instant as Go prints it', () => {
  it.each([
    [0, '1970-01-01T00:00:00Z'],
    [1, '1970-01-01T00:00:00.001Z'],
    [120, '1970-01-01T00:00:00.12Z'],
    [500, '1970-01-01T00:00:00.5Z'],
    [Date.UTC(2026, 10, 21, 4, 20, 0), '2026-11-21T04:20:00Z'],
    [Date.UTC(2026, 10, 30, 10, 0, 10, 100), '2026-11-30T10:00:10.1Z'],
  ])('%d is %s', (epochMs, expected) => {
    expect(toCreatedAt(epochMs)).toBe(expected)
  })

  it('is the same instant, without a zero at the end of its fraction', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), (epochMs) => {
        const text = toCreatedAt(epochMs)
        expect(Date.parse(text)).toBe(epochMs)
        expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,2}[1-9])?Z$/)
      }),
    )
  })
})
