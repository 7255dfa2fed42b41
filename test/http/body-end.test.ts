import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBodyEnd } from '../../src/http/body-end.ts'
import { LAST_CHUNK, toChunk } from '../../src/http/chunk.ts'
import type { BodyFraming } from '../../src/http/message-head.ts'

const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 })
const cuts = fc.array(fc.nat(400), { maxLength: 12 })

/** Gives bytes in pieces cut at these places; says how many of them were of the body. */
function take(framing: BodyFraming, bytes: Buffer, at: readonly number[]) {
  const end = createBodyEnd(framing)
  const places = [0, ...at.map((n) => n % (bytes.length + 1)), bytes.length].toSorted(
    (a, b) => a - b,
  )
  let taken = 0
  for (const [i, from] of places.slice(0, -1).entries()) {
    const piece = bytes.subarray(from, places[i + 1])
    if (!end.isOver) taken += end.take(piece)
  }
  return { taken, isOver: end.isOver }
}

describe('the end of a body', () => {
  it('of chunks is behind the last one and its trailers, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(pieces, cuts, fc.boolean(), (parts, at, hasTrailer) => {
        const chunks = parts.map((part) => toChunk(Buffer.from(part)).chunk)
        const last = hasTrailer ? Buffer.from('0\r\nX-Sum: 1\r\n\r\n') : LAST_CHUNK
        const body = Buffer.concat([...chunks, last])
        const bytes = Buffer.concat([body, Buffer.from('HTTP/1.1 200 OK\r\n')])
        expect(take({ kind: 'chunked' }, bytes, at)).toEqual({ taken: body.length, isOver: true })
        expect(take({ kind: 'chunked' }, body.subarray(0, -1), at).isOver).toBe(false)
      }),
    )
  })

  it('of a known length is after as many bytes', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.uint8Array({ maxLength: 100 }), cuts, (length, given, at) => {
        const result = take({ kind: 'length', bytes: length }, Buffer.from(given), at)
        expect(result.taken).toBe(Math.min(length, given.length))
        expect(result.isOver).toBe(given.length >= length)
      }),
    )
  })

  it('is at once where there is none, and never where the connection tells it', () => {
    expect(take({ kind: 'none' }, Buffer.from('next'), [])).toEqual({ taken: 0, isOver: true })
    expect(take({ kind: 'close' }, Buffer.from('more'), [])).toEqual({ taken: 4, isOver: false })
  })
})
