import { describe, expect, it } from 'vitest'
import { parseList } from './structured-fields.ts'

const token = (text: string) => ({ token: text })
const member = (value: unknown, parameters: Record<string, unknown> = {}) => ({
  value,
  parameters: new Map(Object.entries(parameters)),
})

describe('the parser of structured fields reads', () => {
  it.each([
    // RFC 9651 §3.1, §3.1.2, §3.3
    ['sugar, tea, rum', [member(token('sugar')), member(token('tea')), member(token('rum'))]],
    [
      'abc;a=1;b=2; cde_456, (ghi)',
      undefined, // An inner list: none of ours.
    ],
    ['abc;a=1;b=2; cde_456', [member(token('abc'), { a: 1, b: 2, cde_456: true })]],
    ['1; a; b=?0', [member(1, { a: true, b: false })]],
    ['42', [member(42)]],
    ['4.5', [member(4.5)]],
    ['"hello world"', [member('hello world')]],
    ['foo123/456', [member(token('foo123/456'))]],
    ['?1', [member(true)]],
    // RFC 9211 §2, §3
    ['ExampleCache; hit', [member(token('ExampleCache'), { hit: true })]],
    [
      'OriginCache; hit; ttl=1100, "CDN Company Here"; hit; ttl=545',
      [
        member(token('OriginCache'), { hit: true, ttl: 1100 }),
        member('CDN Company Here', { hit: true, ttl: 545 }),
      ],
    ],
    [
      'ExampleCache; fwd=stale; fwd-status=304; ttl=-412',
      [
        member(token('ExampleCache'), {
          fwd: token('stale'),
          'fwd-status': 304,
          ttl: -412,
        }),
      ],
    ],
    // RFC 9209 §2
    [
      'proxy.example.net; next-hop="[2001:db8::1]:80"; error=http_protocol_error',
      [
        member(token('proxy.example.net'), {
          'next-hop': '[2001:db8::1]:80',
          error: token('http_protocol_error'),
        }),
      ],
    ],
    ['', []],
    ['  a \t,\tb  ', [member(token('a')), member(token('b'))]],
    ['a;x=1;x=2', [member(token('a'), { x: 2 })]],
    [String.raw`"a\"b\\c"`, [member('a"b\\c')]],
    ['*a;*k=-0', [member(token('*a'), { '*k': -0 })]],
    ['999999999999999', [member(999999999999999)]],
  ])('%j', (text, expected) => {
    expect(parseList(text)).toEqual(expected)
  })
})

describe('the parser of structured fields refuses', () => {
  it.each([
    ['a comma at the end', 'a,'],
    ['a comma at the start', ',a'],
    ['two commas', 'a,,b'],
    ['two items without a comma', 'a b'],
    ['a tab before the first item', '\ta'],
    ['a blank before a semicolon', 'a ;b'],
    ['a tab behind a semicolon', 'a;\tb'],
    ['a parameter in capitals', 'a;B'],
    ['a parameter without a name', 'a;=1'],
    ['a parameter without the value it announces', 'a;b='],
    ['blanks around the equals sign', 'a;b = 1'],
    ['a string without its end', '"a'],
    ['a string with another escape', String.raw`"a\n"`],
    ['a string with a control character', '"a\u0001"'],
    ['a string beyond ASCII', '"ü"'],
    ['a token that begins with a digit', '1a'],
    ['a boolean of another value', '?2'],
    ['an integer of 16 digits', '1234567890123456'],
    ['a decimal without a fraction', '1.'],
    ['a decimal of four places', '1.2345'],
    ['a sign alone', '-'],
  ])('%s', (_what, text) => {
    expect(parseList(text)).toBeUndefined()
  })
})
