import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readLexeme, readString, replaceStream, spliceDocument } from '../../src/ollama/document.ts'
import { listElements } from '../../src/ollama/walk.ts'
import { documentOf } from './documents.ts'

describe('a document', () => {
  it('knows its members by decoded name, with their types and places', () => {
    const text = String.raw` {"mod\u0065l": "tiny","n":-1.5 ,"o":{"a":"}"},"l":[ [1], "]" ],"t":true,"f":false,"z":null} `
    const document = documentOf(text)
    const found = [...document.members].map(([name, member]) => [
      name,
      member.type,
      readLexeme(document, member),
    ])
    expect(found).toEqual([
      ['model', 'string', '"tiny"'],
      ['n', 'number', '-1.5'],
      ['o', 'object', '{"a":"}"}'],
      ['l', 'array', '[ [1], "]" ]'],
      ['t', 'true', 'true'],
      ['f', 'false', 'false'],
      ['z', 'null', 'null'],
    ])
  })

  it('agrees with JSON.parse on every name and value', () => {
    const name = fc.string({ unit: 'grapheme' })
    fc.assert(
      fc.property(fc.dictionary(name, fc.jsonValue()), fc.constantFrom(0, 2), (value, indent) => {
        const document = documentOf(JSON.stringify(value, null, indent), 'show')
        const read = [...document.members].map(([key, member]) => [
          key,
          JSON.parse(readLexeme(document, member)),
        ])
        const parsed = JSON.parse(JSON.stringify(value)) as object
        expect(read).toEqual(Object.entries(parsed))
      }),
    )
  })

  it('keeps the names apart that a JavaScript object would lose or reorder', () => {
    const document = documentOf('{"b":1,"2":2,"1":3,"__proto__":{"stream":false}}', 'show')
    expect([...document.members.keys()]).toEqual(['b', '2', '1', '__proto__'])
  })

  it.each([
    ['{"options":{"a":1}}', 1],
    ['{"options":{}}', 0],
    ['{"options":null}', undefined],
    ['{"options":[]}', undefined],
    ['{}', undefined],
  ])('reads the members of options where it is an object: %s', (text, size) => {
    expect(documentOf(text).options?.size).toBe(size)
  })

  it.each([
    ['short', 'a"b\\c'],
    ['long', `${'x'.repeat(100)}"${'y'.repeat(100)}\\`],
    ['long, ending in escaped backslashes', `${'x'.repeat(60)}\\\\`],
    ['plain and long', 'é'.repeat(100)],
    ['empty', ''],
  ])('decodes a text that is %s', (_, value) => {
    const document = documentOf(JSON.stringify({ prompt: value, model: 'm' }))
    expect(readString(document, 'prompt')).toBe(value)
    expect(readString(document, 'model')).toBe('m')
  })

  it('has no text where the member is absent or of another type', () => {
    expect(readString(documentOf('{"model":1}'), 'model')).toBeUndefined()
    expect(readString(documentOf('{}'), 'model')).toBeUndefined()
  })

  it('lists the elements of an array by where they begin', () => {
    const bytes = Buffer.from('[ {"a":[1,2]} ,"]", 5 ]')
    const starts = [...listElements(bytes, 0)]
    expect(starts.map((at) => bytes.toString('utf8', at, at + 1))).toEqual(['{', '"', '5'])
    expect([...listElements(Buffer.from('[ ]'), 0)]).toEqual([])
  })
})

describe('splicing', () => {
  it('makes the edits in the order of their places, and keeps every other byte', () => {
    const document = documentOf('{"a":1, "b":2}')
    const place = (name: string) => document.members.get(name)!
    const edited = spliceDocument(document, [
      { start: place('b').start, end: place('b').end, text: '"two"' },
      { start: 1, end: 1, text: '"é":0,' },
    ])
    expect(edited.bytes.toString()).toBe('{"é":0,"a":1, "b":"two"}')
    expect(readString(edited, 'b')).toBe('two')
  })

  it('without edits gives the document itself', () => {
    const document = documentOf('{}')
    expect(spliceDocument(document, [])).toBe(document)
  })

  it('asks for a stream where the client asked for none', () => {
    expect(replaceStream(documentOf(' {"stream" : false } ')).bytes.toString()).toBe(
      ' {"stream" : true } ',
    )
  })

  it.each(['{"stream":true}', '{"stream":null}', '{}'])('leaves %s, which streams', (text) => {
    const document = documentOf(text)
    expect(replaceStream(document)).toBe(document)
  })
})
