import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createNdjsonSplitter, listFrames, listLast } from '../../src/ollama/frames.ts'
import { STREAMS, toLines } from './recorded-frames.ts'

/** Bytes in which line ends are frequent, cut at any places. */
const cutBytes = fc
  .array(fc.oneof(fc.constant(0x0a), fc.integer({ min: 0, max: 255 })), { maxLength: 200 })
  .chain((bytes) =>
    fc
      .array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 })
      .map((cuts) => ({ bytes: Buffer.from(bytes), cuts: cuts.sort((a, b) => a - b) })),
  )

function toChunks(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const edges = [0, ...cuts, bytes.length]
  return edges.slice(1).map((end, i) => bytes.subarray(edges[i], end))
}

function splitChunks(chunks: readonly Buffer[]): { frames: Buffer[]; rest: Buffer } {
  const splitter = createNdjsonSplitter()
  return { frames: chunks.flatMap((chunk) => splitter.push(chunk)), rest: splitter.rest() }
}

describe('frames of a stream', () => {
  it('put together are the bytes that came, at any cut', () => {
    fc.assert(
      fc.property(cutBytes, ({ bytes, cuts }) => {
        const { frames, rest } = splitChunks(toChunks(bytes, cuts))
        expect(Buffer.concat([...frames, rest])).toEqual(bytes)
      }),
    )
  })

  it('are the lines, whatever the cut: each ends in the only line feed it has', () => {
    fc.assert(
      fc.property(cutBytes, ({ bytes, cuts }) => {
        const { frames, rest } = splitChunks(toChunks(bytes, cuts))
        for (const frame of frames) expect(frame.indexOf(0x0a)).toBe(frame.length - 1)
        expect(rest.includes(0x0a)).toBe(false)
      }),
    )
  })

  it('are known as soon as their line end is there', () => {
    const splitter = createNdjsonSplitter()
    expect(splitter.rest()).toHaveLength(0)
    expect(splitter.push(Buffer.from('{"a"'))).toEqual([])
    expect(splitter.push(Buffer.alloc(0))).toEqual([])
    expect(splitter.push(Buffer.from(':1}\n{"b":2}\n{')).map(String)).toEqual([
      '{"a":1}\n',
      '{"b":2}\n',
    ])
    expect(String(splitter.rest())).toBe('{')
    expect(splitter.push(Buffer.from('}\n')).map(String)).toEqual(['{}\n'])
    expect(splitter.rest()).toHaveLength(0)
  })

  it('that came in one chunk are not copied', () => {
    const chunk = Buffer.from('{"a":1}\n{"b":2}\n')
    for (const frame of createNdjsonSplitter().push(chunk)) expect(frame.buffer).toBe(chunk.buffer)
  })

  it('a line of a megabyte that comes byte by byte is one frame', () => {
    const line = Buffer.concat([Buffer.alloc(1 << 20, 0x61), Buffer.from('\n')])
    const splitter = createNdjsonSplitter()
    const frames: Buffer[] = []
    for (let at = 0; at < line.length; at++)
      frames.push(...splitter.push(line.subarray(at, at + 1)))
    expect(frames).toHaveLength(1)
    expect(frames[0]?.equals(line)).toBe(true)
  })
})

describe('the last frames of rows', () => {
  it('are the last of all of them, across rows', () => {
    const row = fc
      .array(fc.nat(9), { maxLength: 5 })
      .map((sizes) => ({
        start: 2,
        ends: sizes.map((_, i) => 2 + sizes.slice(0, i + 1).reduce((a, b) => a + b, 0)),
      }))
      .map((places) => ({
        bytes: Buffer.from('..the bytes of a row that is long enough for all of them'),
        ...places,
      }))
    fc.assert(
      fc.property(fc.array(row, { maxLength: 4 }), fc.nat(12), (rows, count) => {
        const all = listFrames(rows).map(String)
        expect(listLast(rows, count).map(String)).toEqual(count === 0 ? [] : all.slice(-count))
      }),
    )
  })
})

describe('every recorded stream', () => {
  it.each(STREAMS)('$version $name: one transfer chunk is one frame', ({ exchange }) => {
    const { body, chunks } = exchange.response
    const { frames, rest } = splitChunks([body])
    expect(rest).toHaveLength(0)
    expect(frames).toEqual(toLines(body))
    // HTTP/1.0 has no transfer chunks (case 197).
    if (chunks !== undefined) expect(frames.map((frame) => frame.length)).toEqual(chunks)
  })
})
