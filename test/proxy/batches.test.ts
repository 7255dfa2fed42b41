import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBatches } from '../../src/proxy/batches.ts'
import type { Frames } from '../../src/proxy/frame-source.ts'
import { createPiece } from '../../src/proxy/piece.ts'

const toOne = (line: string): Frames => {
  const piece = createPiece(Buffer.from(line), 0, [])
  piece.add(line.length)
  return piece
}

const toFrames = (...lines: string[]) => lines.map(toOne)

const toExpected = (lines: readonly string[]): string =>
  lines.map((line) => `${line.length.toString(16)}\r\n${line}\r\n`).join('')

describe('the bytes of one write', () => {
  it('are made once for all who are given the same frames', () => {
    const batches = createBatches()
    const frames = toFrames('a\n', 'b\n')
    const first = batches.toBytes(frames)
    expect(batches.toBytes([...frames])).toBe(first)
    expect(first.toString()).toBe(toExpected(['a\n', 'b\n']))
  })

  it('are made anew where one frame in the middle is a reader’s own', () => {
    const batches = createBatches()
    const [first, , last] = toFrames('a\n', 'b\n', 'c\n')
    const [own] = toFrames('B\n')
    batches.toBytes([first!, toOne('b\n'), last!])
    const bytes = batches.toBytes([first!, own!, last!])
    expect(bytes.toString()).toBe(toExpected(['a\n', 'B\n', 'c\n']))
  })

  it('are the chunk itself where there is one frame', () => {
    const [frame] = toFrames('a\n')
    expect(createBatches().toBytes([frame!])).toBe(frame!.chunks)
  })

  it('are right for every reader, in whatever batches the readers take the same frames', () => {
    const line = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 })
    const cuts = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), fc.array(cuts), (lines, readers) => {
        const batches = createBatches()
        const frames = toFrames(...lines)
        const got = readers.map(() => '')
        for (
          let at = readers.map(() => 0), turn = 0;
          at.some((n) => n < frames.length);
          turn += 1
        ) {
          at = at.map((start, reader) => {
            const sizes = readers[reader] ?? []
            const end = Math.min(frames.length, start + (sizes[turn % sizes.length] ?? 1))
            if (end > start) got[reader] += batches.toBytes(frames.slice(start, end)).toString()
            return end
          })
        }
        for (const text of got) expect(text).toBe(toExpected(lines))
      }),
    )
  })
})
