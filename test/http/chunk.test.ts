import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LAST_CHUNK, toChunk, toChunkRow } from '../../src/http/chunk.ts'

it('a chunk is its size in hexadecimal, its bytes, and a line end', () => {
  expect(toChunk(Buffer.from('a'.repeat(26))).chunk.toString()).toBe(`1a\r\n${'a'.repeat(26)}\r\n`)
  expect(LAST_CHUNK.toString()).toBe('0\r\n\r\n')
})

it('bytes and chunk are one memory, and the bytes are those that were given', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (given) => {
      const { bytes, chunk } = toChunk(Buffer.from(given))
      expect(bytes.equals(given)).toBe(true)
      expect(bytes.buffer).toBe(chunk.buffer)
      expect(chunk.subarray(-2).toString()).toBe('\r\n')
    }),
  )
})

it('a row of pieces is the row of their chunks, wherever it begins', () => {
  const piece = fc.uint8Array({ minLength: 1, maxLength: 600 })
  fc.assert(
    fc.property(fc.array(piece), fc.uint8Array({ maxLength: 5 }), (pieces, before) => {
      const all = Buffer.concat([before, ...pieces])
      let end = before.length
      const ends = pieces.map(({ length }) => (end += length))
      const row = toChunkRow({ bytes: all, start: before.length, ends })
      const chunks = row.ends.map((to, i) => row.bytes.subarray(row.ends[i - 1] ?? 0, to))
      expect(chunks).toEqual(pieces.map((each) => toChunk(Buffer.from(each)).chunk))
      expect(row.bytes.length).toBe(row.ends.at(-1) ?? 0)
    }),
  )
})
