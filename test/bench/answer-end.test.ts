import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAnswerEnd } from '../../bench/harness/answer-end.ts'

const SIZED = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
const CHUNKED =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'

function countEnds(pieces: readonly string[]): number {
  let ends = 0
  const end = createAnswerEnd(() => {
    ends += 1
  })
  for (const piece of pieces) end.push(Buffer.from(piece))
  return ends
}

describe('the end of an answer', () => {
  it('is found wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.constantFrom(SIZED, CHUNKED), fc.array(fc.nat(80)), (answer, places) => {
        const cuts = [...places, 0, answer.length].sort((one, other) => one - other)
        const pieces = cuts.slice(1).map((cut, index) => answer.slice(cuts[index], cut))
        expect(countEnds(pieces)).toBe(1)
      }),
    )
  })

  it('is found once for each of several answers', () => {
    expect(countEnds([SIZED, CHUNKED, SIZED])).toBe(3)
  })

  it('is not found before the last byte', () => {
    expect(countEnds([SIZED.slice(0, -1)])).toBe(0)
    expect(countEnds([CHUNKED.slice(0, -1)])).toBe(0)
  })

  it('is no end where the answer is an error', () => {
    expect(() => countEnds(['HTTP/1.1 503 No\r\n\r\n'])).toThrow('503')
  })
})
