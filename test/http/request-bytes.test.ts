import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countMissing, toHash } from '../../src/http/request-bytes.ts'

const head = (...lines: string[]): string => `${['POST / HTTP/1.1', ...lines].join('\r\n')}\r\n\r\n`

describe('what is missing of a request', () => {
  it('is what its length says, less what has come of its body', () => {
    const text = head('Content-Length: 5')
    for (const [body, missing] of [
      ['', 5],
      ['abc', 2],
      ['abcde', 0],
      ['abcdeGET', -3],
    ] as const) {
      expect(countMissing(Buffer.from(text + body), { 'content-length': '5' })).toBe(missing)
    }
  })

  it('is nothing where no body is announced', () => {
    expect(countMissing(Buffer.from(head()), {})).toBe(0)
  })

  it('is not known where the head is not all there, or the body is in chunks', () => {
    expect(countMissing(Buffer.from('POST / HTTP/1.1\r\nHost: a\r\n'), {})).toBeUndefined()
    const chunked = { 'transfer-encoding': 'chunked' }
    expect(countMissing(Buffer.from(`${head()}0\r\n\r\n`), chunked)).toBeUndefined()
  })
})

describe('the number of bytes', () => {
  it('is the same for the same bytes, wherever they stand', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(7), (bytes, offset) => {
        const elsewhere = Buffer.concat([Buffer.alloc(offset), bytes]).subarray(offset)
        expect(toHash(elsewhere)).toBe(toHash(Buffer.from(bytes)))
      }),
    )
  })

  it('changes with any one byte, and with the length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(), (bytes, place) => {
        const other = Buffer.from(bytes)
        const at = place % other.length
        other[at] = (other[at] ?? 0) ^ 1
        const one = Buffer.from(bytes)
        expect(toHash(other)).not.toBe(toHash(one))
        expect(toHash(Buffer.concat([one, Buffer.alloc(1)]))).not.toBe(toHash(one))
      }),
    )
  })
})
