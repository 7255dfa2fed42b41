import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readFrame, readInner, readNumber, readText } from '../../src/ollama/frame.ts'

/** The text of each member's value, by name. */
function spell(frame: Buffer): Record<string, string> | undefined {
  const members = readFrame(frame)
  if (members === undefined) return undefined
  const entries = [...members].map(([name, { start, end }]) => [
    name,
    frame.toString('utf8', start, end),
  ])
  return Object.fromEntries(entries) as Record<string, string>
}

describe('the members of a frame', () => {
  it('are the places of the values, whatever they hold', () => {
    const frame = Buffer.from(
      ' {"a" : "}\\"{" ,"b":{"c":["]",{}]},"d":-1.5e3,"e":true,"f":null,"é":[]} \n',
    )
    expect(spell(frame)).toEqual({
      a: '"}\\"{"',
      b: '{"c":["]",{}]}',
      d: '-1.5e3',
      e: 'true',
      f: 'null',
      é: '[]',
    })
  })

  it('are those that JSON has, for any object', () => {
    const object = fc.dictionary(
      fc.string({ unit: 'binary' }).filter((name) => name !== '__proto__'),
      fc.jsonValue({ stringUnit: 'binary' }),
    )
    fc.assert(
      fc.property(object, fc.constantFrom(0, 2), (value, indent) => {
        const spelled = spell(Buffer.from(`${JSON.stringify(value, undefined, indent)}\n`))
        const read = Object.entries(spelled ?? {}).map(([name, text]) => [name, JSON.parse(text)])
        expect(Object.fromEntries(read)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  // Read from offset 0 these gave wrong names, failed, or never came to an end.
  it.each([' {}', ' {"a":1}', '\r\n\t{"error":"x"}\n', ' {"a":"x\\ny","b":[1]}'])(
    '%j has the same as without the white space before it',
    (text) => {
      expect(spell(Buffer.from(text))).toEqual(spell(Buffer.from(text.trimStart())))
      expect(spell(Buffer.from(text))).toBeDefined()
    },
  )

  it.each(['', '\n', 'x', '[]', '"{}"', '{', '{"a":1', '{"a":1}}', '{"a":1}{"b":2}', '{"a":01}'])(
    '%j has none',
    (text) => {
      expect(readFrame(Buffer.from(text))).toBeUndefined()
    },
  )

  it('of any bytes are read without a failure', () => {
    const pieces = fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', '\\u12', 'a', '1', ' ')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(pieces).map((all) => all.join('')),
          fc.json(),
        ),
        (text) => {
          const isObject = spell(Buffer.from(text)) !== undefined
          if (isObject) expect(() => JSON.parse(text) as unknown).not.toThrow()
        },
      ),
    )
  })
})

describe('a member read by its type', () => {
  const frame = Buffer.from('{"text":"a\\u003cé","number":-12.5,"inner":{"x":1},"array":[1]}')
  const members = readFrame(frame)!

  it('is its value', () => {
    expect(readText(frame, members, 'text')).toBe('a<é')
    expect(readNumber(frame, members, 'number')).toBe(-12.5)
    expect([...(readInner(frame, members, 'inner') ?? new Map()).keys()]).toEqual(['x'])
  })

  it.each(['missing', 'array'])('is nothing where there is none of it: %s', (name) => {
    expect(readText(frame, members, name)).toBeUndefined()
    expect(readNumber(frame, members, name)).toBe(0)
    expect(readInner(frame, members, name)).toBeUndefined()
  })
})
