import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toChunk } from '../../src/http/chunk.ts'
import type { Frame } from '../../src/proxy/frame-source.ts'
import { createPiece, listChunks, toFrame } from '../../src/proxy/piece.ts'

/** The frames of reads: each read is one piece of memory, in which its frames begin somewhere. */
function toFrames(reads: readonly (readonly string[])[]): Frame[] {
  return reads.flatMap((lines) => {
    const piece = createPiece(Buffer.from(`..${lines.join('')}`), 2, [])
    let end = 2
    return lines.map((line) => {
      end += line.length
      return piece.add(end)
    })
  })
}

const toExpected = (lines: readonly string[]): string =>
  lines.map((line) => toChunk(Buffer.from(line)).chunk.toString()).join('')

const line = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 300 })
const reads = fc.array(fc.array(line, { minLength: 1, maxLength: 8 }), { minLength: 1 })

describe('the frames of a read', () => {
  it('are the bytes that came, and each its own transfer chunk', () => {
    fc.assert(
      fc.property(reads, (all) => {
        const lines = all.flat()
        for (const [i, frame] of toFrames(all).entries()) {
          expect(frame.bytes.toString()).toBe(lines[i])
          expect(frame.size).toBe(lines[i]?.length)
          expect(String(frame.chunk)).toBe(toExpected(lines.slice(i, i + 1)))
        }
      }),
    )
  })

  it('are the same buffer to everybody who wants one', () => {
    const [frame] = toFrames([['a\n', 'b\n']])
    expect(frame?.bytes).toBe(frame?.bytes)
    expect(frame?.chunk?.buffer).toBe(frame?.chunk?.buffer)
  })
})

describe('the chunks of frames in a row', () => {
  it('are theirs, for any part of any reads, with frames of one reader alone among them', () => {
    fc.assert(
      fc.property(reads, fc.nat(), fc.nat(), fc.nat(), (all, one, other, own) => {
        const lines = all.flat()
        const frames = toFrames(all)
        frames.splice(own % frames.length, 1, toFrame(Buffer.from('own')))
        lines.splice(own % lines.length, 1, 'own')
        const [from = 0, to = 0] = [one % frames.length, other % frames.length].sort(
          (a, b) => a - b,
        )
        const chunks = listChunks(frames.slice(from, to + 1))
        expect(Buffer.concat(chunks).toString()).toBe(toExpected(lines.slice(from, to + 1)))
      }),
    )
  })

  it('are one part of one memory where they came in one read, for every reader', () => {
    const frames = toFrames([['a\n', 'b\n', 'c\n', 'd\n']])
    const [all, ...none] = listChunks(frames)
    expect(none).toEqual([])
    expect(listChunks(frames.slice(1, 3))[0]?.buffer).toBe(all?.buffer)
    expect(listChunks(frames)[0]).toBe(all)
  })
})
