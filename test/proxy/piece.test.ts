import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toChunk } from '../../src/http/chunk.ts'
import { listFrames } from '../../src/ollama/frames.ts'
import type { Frames } from '../../src/proxy/frame-source.ts'
import { areSameFrames, createPiece, toChunks, toFrame } from '../../src/proxy/piece.ts'

/** What came in one read: one piece of memory, in which its frames begin somewhere. */
function toPiece(lines: readonly string[]) {
  const piece = createPiece(Buffer.from(`..${lines.join('')}`), 2, [])
  let end = 2
  for (const line of lines) {
    end += line.length
    piece.add(end)
  }
  return piece
}

const toExpected = (lines: readonly string[]): string =>
  lines.map((line) => toChunk(Buffer.from(line)).chunk.toString()).join('')

/** What frames are, in words. */
const describeFrames = (frames: Frames) => ({
  count: frames.count,
  size: frames.size,
  bytes: frames.bytes.toString(),
  chunks: toChunks(frames).toString(),
  list: frames.list().map(String),
  row: listFrames([frames.row]).map(String),
})

const describeLines = (lines: readonly string[]) => ({
  count: lines.length,
  size: lines.join('').length,
  bytes: lines.join(''),
  chunks: toExpected(lines),
  list: [...lines],
  row: [...lines],
})

const line = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 300 })
const lines = fc.array(line, { minLength: 1, maxLength: 8 })

describe('the frames of a read', () => {
  it('are the bytes that came, each in its own transfer chunk, and so is any part of them', () => {
    fc.assert(
      fc.property(lines, fc.nat(), fc.nat(), (all, one, other) => {
        const piece = toPiece(all)
        expect(describeFrames(piece)).toEqual(describeLines(all))
        const first = one % all.length
        const count = 1 + (other % (all.length - first))
        const part = piece.part(first, count)
        expect(describeFrames(part)).toEqual(describeLines(all.slice(first, first + count)))
      }),
    )
  })

  it('tell of the last of them without the others', () => {
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 9 }), fc.nat(), (all, last, from) => {
        const piece = toPiece(all)
        expect(piece.list(last).map(String)).toEqual(all.slice(-last))
        const first = from % all.length
        const part = piece.part(first, all.length - first)
        expect(part.list(last).map(String)).toEqual(all.slice(first).slice(-last))
      }),
    )
  })

  it('are one memory for every reader, and the chunks around them too', () => {
    const piece = toPiece(['a\n', 'b\n', 'c\n', 'd\n'])
    expect(piece.part(0, 4)).toBe(piece)
    expect(piece.part(1, 2).bytes.buffer).toBe(piece.bytes.buffer)
    expect(piece.part(1, 2).chunks?.buffer).toBe(piece.chunks?.buffer)
    expect(piece.chunks).toBe(piece.chunks)
  })
})

describe('a frame of one reader alone', () => {
  it('is in no chunk until it is sent', () => {
    const frame = toFrame(Buffer.from('own\n'))
    expect(frame.chunks).toBeUndefined()
    expect(describeFrames(frame)).toEqual(describeLines(['own\n']))
    expect(frame.part(0, 1)).toBe(frame)
  })
})

describe('frames are the same', () => {
  const piece = toPiece(['a\n', 'a\n', 'a\n'])

  it.each([
    [piece, piece],
    [piece.part(1, 1), piece.part(1, 1)],
    [piece.part(0, 2), piece.part(0, 2)],
  ])('where they are the same part of the same read', (one, other) => {
    expect(areSameFrames(one, other)).toBe(true)
  })

  it.each([
    [piece, toPiece(['a\n', 'a\n', 'a\n'])],
    [piece, piece.part(0, 2)],
    [piece.part(0, 1), piece.part(1, 1)],
    [piece.part(0, 1), piece.part(0, 2)],
    [piece.part(1, 1), toPiece(['a\n', 'a\n', 'a\n']).part(1, 1)],
    [toFrame(Buffer.from('a\n')), toFrame(Buffer.from('a\n'))],
  ])('and not where only their bytes are', (one, other) => {
    expect(areSameFrames(one, other)).toBe(false)
  })
})
