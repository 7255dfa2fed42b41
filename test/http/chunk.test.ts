import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findChunkRow, LAST_CHUNK, toChunk, toChunkRow } from '../../src/http/chunk.ts'

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

describe('the chunks in which pieces came', () => {
  const piece = fc.uint8Array({ minLength: 1, maxLength: 600 })
  const given = fc.array(piece, { minLength: 1 })
  const few = fc.uint8Array({ maxLength: 5 })

  /** What a parser hands out of a body that it has read into one memory. */
  function read(before: Uint8Array, pieces: readonly Uint8Array[], head = toHead) {
    const memory = Buffer.from(new ArrayBuffer(64 * 1024))
    memory.set(before)
    let at = before.length
    return pieces.map((bytes) => {
      at += memory.write(head(bytes.length), at)
      memory.set(bytes, at)
      const from = at
      at += bytes.length
      at += memory.write('\r\n', at)
      return memory.subarray(from, from + bytes.length)
    })
  }

  const toHead = (length: number): string => `${length.toString(16)}\r\n`
  const toRow = (pieces: readonly Uint8Array[]) => {
    let end = 0
    return {
      bytes: Buffer.concat(pieces),
      start: 0,
      ends: pieces.map((each) => (end += each.length)),
    }
  }

  it('are found around them, and are those that would be made', () => {
    fc.assert(
      fc.property(given, few, (pieces, before) => {
        const came = read(before, pieces)
        const found = findChunkRow(toRow(pieces), came)
        expect(found).toEqual(toChunkRow(toRow(pieces)))
        expect(found?.bytes.buffer).toBe(came[0]?.buffer)
      }),
    )
  })

  it.each([
    ['a length with a nought before it', (length: number) => `0${length.toString(16)}\r\n`],
    ['an extension', (length: number) => `${length.toString(16)};x=1\r\n`],
    ['another length', (length: number) => `${(length + 1).toString(16)}\r\n`],
    ['nothing', () => ''],
  ])('are not taken for such where %s stands there', (_, head) => {
    const pieces = [Buffer.from('one'), Buffer.from('two')]
    expect(findChunkRow(toRow(pieces), read(Buffer.alloc(0), pieces, head))).toBeUndefined()
    const [first] = read(Buffer.alloc(0), pieces.slice(0, 1))
    const [, second] = read(Buffer.alloc(0), pieces, head)
    expect(
      findChunkRow(
        toRow(pieces),
        [first, second].filter((each) => each !== undefined),
      ),
    ).toBeUndefined()
  })

  it('are not those of frames that were cut in another way', () => {
    const came = read(Buffer.alloc(0), [Buffer.from('a\nb\n'), Buffer.from('c\n')])
    const row = { bytes: Buffer.from('a\nb\nc\n'), start: 0, ends: [2, 6] }
    expect(findChunkRow(row, came)).toBeUndefined()
    expect(findChunkRow({ ...row, ends: [2, 4, 6] }, came)).toBeUndefined()
  })

  it('need their line end, which the next read may bring', () => {
    const memory = Buffer.from(new ArrayBuffer(6))
    memory.write('3\r\none')
    expect(findChunkRow(toRow([memory.subarray(3)]), [memory.subarray(3)])).toBeUndefined()
  })
})
