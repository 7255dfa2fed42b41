import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDocument } from '../../src/ollama/document.ts'
import { isUnambiguous, MAX_DEPTH } from '../../src/ollama/tokenizer.ts'
import { documentOf, endpointOf } from './documents.ts'

const accepts = (text: string) => isUnambiguous(Buffer.from(text), undefined)
const arrays = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`

describe('the tokenizer accepts', () => {
  it.each([
    ['an empty object', '{}'],
    ['white space everywhere', ' \t\r\n{ "a" : [ 1 , 2 ] , "b" : { } , "c" : [ ] } \n'],
    ['every kind of number', '{"a":[0,-0,1,-12,0.5,1.25,1e5,1E+5,1e-05,-0.0e0]}'],
    ['every escape', String.raw`{"a":"\" \\ \/ \b \f \n \r \t A\u00e9\uABCD😀"}`],
    ['raw text of any length of its characters', '{"a":"é漢😀\u2028\u007f\ufffd"}'],
    ['literals', '{"a":[true,false,null]}'],
    ['the deepest nesting', arrays(MAX_DEPTH - 1)],
    ['the longest number', `{"a":${'1'.repeat(40)}}`],
    ['names that differ in case where Ollama knows none of them', '{"a":{"Name":1,"name":2}}'],
    ['the same name in different objects', '{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}]}'],
    ['a long text', `{"a":"${'x'.repeat(1000)}"}`],
  ])('%s', (_, text) => {
    expect(accepts(text)).toBe(true)
  })
})

describe('the tokenizer refuses', () => {
  it.each([
    ['nothing', ''],
    ['white space', ' \n'],
    ['what is no object', '[]'],
    ['an open object', '{'],
    ['an object that ends in a name', '{"a"'],
    ['an object that ends in a value', '{"a":1'],
    ['a name without a value', '{"a":}'],
    ['a name without a colon', '{"a" 1}'],
    ['a name without quotes', '{a:1}'],
    ['a comma at the end of an object', '{"a":1,}'],
    ['a comma at the end of an array', '{"a":[1,]}'],
    ['a missing comma', '{"a":1 "b":2}'],
    ['a comma at the start', '{,"a":1}'],
    ['brackets that do not match', '{"a":[1}'],
    ['bytes behind the object', '{} x'],
    ['a second object', '{}{}'],
    ['a leading zero', '{"a":01}'],
    ['a number without digits', '{"a":-}'],
    ['a number without a whole part', '{"a":.5}'],
    ['a number without a fraction', '{"a":1.}'],
    ['a number without an exponent', '{"a":1e}'],
    ['a sign without an exponent', '{"a":1e+}'],
    ['a plus sign', '{"a":+1}'],
    ['a number of 41 digits', `{"a":${'1'.repeat(41)}}`],
    ['a number of 41 digits in all its parts', `{"a":1.${'1'.repeat(37)}e123}`],
    ['what is no number', '{"a":NaN}'],
    ['a cut literal', '{"a":tru}'],
    ['an unknown word', '{"a":x}'],
    ['an open text', '{"a":"x'],
    ['an open name', '{"a'],
    ['a control character in a text', '{"a":"x\ty"}'],
    ['a control character late in a text', `{"a":"${'x'.repeat(101)}\n${'y'.repeat(9)}"}`],
    ['a control character in a name', '{"a\n":1}'],
    ['an unknown escape', String.raw`{"a":"\x41"}`],
    ['an escape at the end', '{"a":"\\'],
    ['an escape cut short', String.raw`{"a":"\u00`],
    ['an escape without digits', String.raw`{"a":"\u00g0"}`],
    ['a lone high surrogate', String.raw`{"a":"\ud800b"}`],
    ['a high surrogate before another escape', String.raw`{"a":"\ud800\n"}`],
    ['a high surrogate before no low one', String.raw`{"a":"\ud800\u0041"}`],
    ['a lone low surrogate', String.raw`{"a":"\udc00"}`],
    ['a name twice', '{"a":1,"a":1}'],
    ['a name twice, in two spellings', String.raw`{"a":1,"\u0061":1}`],
    ['a name twice, inside', '{"a":[{"b":{"c":1,"c":2}}]}'],
    ['a BOM', '\ufeff{}'],
    ['nesting that is too deep', arrays(MAX_DEPTH)],
    ['nesting that would break a recursive reader', arrays(1_000_000)],
  ])('%s', (_, text) => {
    expect(accepts(text)).toBe(false)
  })

  it('bytes that are no UTF-8', () => {
    expect(isUnambiguous(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), undefined)).toBe(
      false,
    )
  })
})

describe('a name that is a known field only after case folding', () => {
  it.each([
    ['ASCII case', '{"Model":"tiny"}'],
    ['U+017F for s', '{"ſtream":false}'],
    ['U+212A for k', '{"\u212aeep_alive":1}'],
    ['an escaped spelling of it', String.raw`{"\u017Ftream":false}`],
  ])('makes a body ambiguous: %s', (_, text) => {
    expect(readDocument(Buffer.from(text), endpointOf('generate'))).toBeUndefined()
  })

  it.each([
    '{"messages":[{"Role":"user"}]}',
    '{"messages":[{"role":"a"},{"tool_calls":[{"Function":{}}]}]}',
    '{"messages":[{"tool_calls":[{"function":{"NAME":"x"}}]}]}',
  ])('makes a chat ambiguous in its messages: %s', (text) => {
    expect(readDocument(Buffer.from(text), endpointOf('chat'))).toBeUndefined()
  })

  it('does not where Ollama takes names as they are', () => {
    const text =
      '{"messages":[{"tool_calls":[{"function":{"arguments":{"NAME":1,"name":2}}}]}],"options":{"Temperature":1}}'
    expect(documentOf(text, 'chat').members.size).toBe(2)
    expect(documentOf('{"PROMPT":1}', 'show').members.size).toBe(1)
    expect(documentOf('{"Messages":1}', 'generate').members.size).toBe(1)
  })

  it('counts two unknown names that fold to one as the same name twice', () => {
    const text = '{"future":1,"Future":2}'
    expect(readDocument(Buffer.from(text), endpointOf('generate'))).toBeUndefined()
  })
})

describe('the tokenizer and JSON.parse', () => {
  const pieces = ['{', '}', '[', ']', ',', ':', '"', '\\', '"a"', '1', '-', '.', 'e', 'null', ' ']
  const base = '{"a":1,"b":[true,{"c":"x\\n\\u00e9"}],"d":-1.5e3}'
  const edit = fc.tuple(fc.nat(base.length), fc.nat(3), fc.constantFrom(...pieces))

  /** Of surrogates it writes only lone ones as `\ud800` to `\udfff`: behind a backslash that is escaped, `ud` is text. */
  const loneSurrogate = /(?<!\\)(?:\\\\)*\\ud/

  it('accept every object that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (value) => {
        const isLone = loneSurrogate.test(JSON.stringify(value))
        expect(accepts(JSON.stringify(value))).toBe(!isLone)
        expect(accepts(JSON.stringify(value, null, 2))).toBe(!isLone)
      }),
      { examples: [[{ '': { '\\ud': '' } }], [{ '': '\\\ud800' }], [{ '\ud800': 1 }]] },
    )
  })

  it('never disagree on what the tokenizer accepts', () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 3 }), (edits) => {
        let text = base
        for (const [at, cut, piece] of edits)
          text = text.slice(0, at) + piece + text.slice(at + cut)
        if (accepts(text)) expect(typeof JSON.parse(text)).toBe('object')
      }),
      { numRuns: 2000 },
    )
  })
})
