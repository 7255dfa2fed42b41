import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LAST_CHUNK, toChunk } from '../../src/http/chunk.ts'

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
