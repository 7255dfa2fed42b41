import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toColumns } from '../../src/ollama/columns.ts'
import { listFrames, toRow } from '../../src/ollama/frames.ts'
import {
  decodeBody,
  type EntryMeta,
  encodeBody,
  locateFrames,
  type Packed,
  packColumns,
  packFrames,
  sizeOfFrames,
  spansOf,
  toChecksum,
} from '../../src/store/codec.ts'
import { anyEntry, anyFrames, entryOf } from './entries.ts'

/** An NDJSON answer as Ollama writes it: 94 KB of frames that differ in a time and a token. */
function answerOf(bytes: number): Buffer[] {
  const frames: Buffer[] = []
  for (let n = 0, size = 0; size < bytes; n++) {
    const time = new Date(1_768_000_000_000 + n * 37).toISOString().replace('Z', '417362Z')
    const frame = Buffer.from(
      `{"model":"llama3.2:latest","created_at":"${time}","response":" token","done":false}\n`,
    )
    frames.push(frame)
    size += frame.length
  }
  return frames
}

describe('frames', () => {
  it('come out as they went in', () => {
    const roundTrip = fc.property(anyFrames, (frames) => {
      expect(decodeBody(encodeBody(packFrames(frames)))).toEqual(packFrames(frames))
      expect(listFrames([locateFrames(packFrames(frames))])).toEqual(frames)
    })
    fc.assert(roundTrip)
  })

  it('keep their borders: the same bytes cut elsewhere are another body', () => {
    const cut = (...texts: string[]) =>
      encodeBody(packFrames(texts.map((text) => Buffer.from(text))))
    expect(cut('ab', 'c').equals(cut('a', 'bc'))).toBe(false)
    expect(cut('abc', '').equals(cut('abc'))).toBe(false)
  })

  it('are packed without what they were cut from', () => {
    const network = Buffer.alloc(65_536, 'x')
    const packed = packFrames([network.subarray(0, 10), network.subarray(10, 30)])
    expect(packed.buffer.byteLength).toBe(12 + 30)
    expect(sizeOfFrames(packed)).toBe(30)
  })

  it.each([
    ['as they are', 2 * 1024],
    ['deflated', 94 * 1024],
  ])('come out of columns as they went in, stored %s', (_, bytes) => {
    const frames = answerOf(bytes)
    const packed = packColumns(toColumns(frames.map(toRow))) ?? Buffer.alloc(0)
    const body = encodeBody(packed)
    expect(decodeBody(body)).toEqual(packed)
    expect(body.equals(packed)).toBe(packed.length <= 4096)
    expect(listFrames([locateFrames(packed)])).toEqual(frames)
    expect(sizeOfFrames(packed)).toBe(frames.reduce((sum, { length }) => sum + length, 0))
    expect(spansOf(packed)).toHaveLength(1)
  })

  it('are no columns where they would be longer so', () => {
    const frames = answerOf(94 * 1024).map((frame) => Buffer.from(String(frame).toUpperCase()))
    expect(packColumns(toColumns(frames.map(toRow)))).toBeUndefined()
    expect(spansOf(packFrames(frames))).toBeUndefined()
  })

  it('of a repetitive answer of 94 KB take under 5 KB', () => {
    const frames = answerOf(94 * 1024)
    expect(encodeBody(packFrames(frames)).length).toBeLessThan(5 * 1024)
  })
})

describe('a body that was not written by this code', () => {
  const deflated = (...words: number[]) => {
    const bytes = Buffer.alloc(words.length * 4)
    for (const [i, word] of words.entries()) bytes.writeUInt32LE(word, i * 4)
    return encodeBody(bytes)
  }

  it.each([
    ['has no count', encodeBody(Buffer.alloc(3))],
    ['promises lengths that are not there', deflated(2, 0)],
    ['promises frames that are not there', deflated(1, 5)],
    ['has bytes of no frame', deflated(0, 1, 2)],
    ['names a sum that is too small', deflated(2, 4, 4, 0, 0, 0)],
    ['has columns without a head', Buffer.from('ffffffff00000000', 'hex')],
    ['has columns without frames that it counts', deflated(0xffffffff, 1, 1)],
  ])('and %s is refused', (_, body) => {
    expect(decodeBody(body)).toBeUndefined()
  })

  it('and is no deflated data throws or is refused, whatever it is', () => {
    const begin = fc.constantFrom('', 'ffffffff', 'ffffffff0100000001000000')
    const harmless = fc.property(begin, fc.uint8Array({ maxLength: 200 }), (mark, bytes) => {
      let packed: Packed | undefined
      try {
        packed = decodeBody(Buffer.concat([Buffer.from(mark, 'hex'), bytes]))
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
      if (packed !== undefined) expect(locateFrames(packed).ends.at(-1) ?? 4).toBe(packed.length)
    })
    fc.assert(harmless, { numRuns: 500 })
  })
})

/** Of an entry, as its row has it. */
const sumOf = ({ parts, ...said }: EntryMeta, body: Buffer<ArrayBuffer>) =>
  toChecksum(said.key, said, { parts: parts ? JSON.stringify(parts) : null, body })

describe('the checksum', () => {
  it('has 128 bits', () => {
    const { frames, ...meta } = entryOf(1)
    expect(sumOf(meta, encodeBody(packFrames(frames)))).toHaveLength(16)
  })

  it('changes with any bit of the stored body', () => {
    const detects = fc.property(anyEntry, fc.nat(), ({ frames, ...meta }, at) => {
      const body = encodeBody(packFrames(frames))
      const damaged = Buffer.from(body)
      const bit = at % (body.length * 8)
      damaged[bit >> 3]! ^= 1 << (bit & 7)
      expect(sumOf(meta, damaged).equals(sumOf(meta, body))).toBe(false)
    })
    fc.assert(detects)
  })

  it('is what it was in the rows that are there', () => {
    const meta = { ...entryOf(1), parts: { a: '00000000' }, frames: undefined }
    const said = [meta.key, meta.partition, meta.route, meta.kind, meta.model, meta.digest]
    const more = [meta.contentType, meta.storedAt, meta.expiresAt, meta.costMs, meta.tokens]
    const body = encodeBody(packFrames(entryOf(1).frames))
    const list = JSON.stringify([...said, ...more, meta.parts])
    const sum = createHash('sha256').update(list).update(body).digest().subarray(0, 16)
    expect(sumOf(meta, body).equals(sum)).toBe(true)
  })

  const changes = Object.keys(entryOf(1)).filter((field) => field !== 'frames')
  it.each(changes)('covers %s', (field) => {
    const { frames, ...meta } = entryOf(1)
    const body = encodeBody(packFrames(frames))
    const value = meta[field as keyof typeof meta]
    const other = { ...meta, [field]: typeof value === 'number' ? value + 1 : `${value}x` }
    expect(sumOf(other, body).equals(sumOf(meta, body))).toBe(false)
  })

  it('covers the parts', () => {
    const { frames, ...meta } = entryOf(1)
    const body = encodeBody(packFrames(frames))
    const sums = [{}, { a: '00000000' }, { a: '00000001' }, { b: '00000000' }].map((parts) =>
      sumOf({ ...meta, parts }, body).toString('hex'),
    )
    expect(new Set([sumOf(meta, body).toString('hex'), ...sums]).size).toBe(5)
  })

  it('does not confuse one field with the next', () => {
    const { frames, ...meta } = entryOf(1)
    const body = encodeBody(packFrames(frames))
    const one = sumOf({ ...meta, model: 'ab', digest: 'c' }, body)
    const other = sumOf({ ...meta, model: 'a', digest: 'bc' }, body)
    expect(one.equals(other)).toBe(false)
  })
})
