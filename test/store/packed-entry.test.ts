import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { listFrames } from '../../src/ollama/frames.ts'
import { packFrames } from '../../src/store/codec.ts'
import {
  createPackedEntry,
  locate,
  measureFrames,
  metaOf,
  packedOf,
} from '../../src/store/packed-entry.ts'
import { anyEntry, entryOf } from './entries.ts'

describe('a packed entry', () => {
  it('is the entry it was made of, to whoever reads it', () => {
    fc.assert(
      fc.property(anyEntry, ({ frames, ...meta }) => {
        const entry = createPackedEntry(meta, packFrames(frames))
        const { frames: own, ...rest } = entry
        expect(own).toEqual(frames)
        expect(rest).toEqual(meta)
        expect(entry.frames).toEqual(own)
      }),
    )
  })

  it('says of itself what any entry says, without its frames', () => {
    fc.assert(
      fc.property(anyEntry, (plain) => {
        const { frames, ...meta } = plain
        const entry = createPackedEntry(meta, packFrames(frames))
        expect(JSON.stringify(metaOf(entry))).toBe(JSON.stringify(metaOf(plain)))
        expect(packedOf(entry)).toEqual(packedOf(plain))
        expect(measureFrames(entry).bytes).toBe(measureFrames(plain).bytes)
        expect(listFrames(locate(entry).rows)).toEqual(frames)
        expect(listFrames(locate(plain).rows)).toEqual(frames)
      }),
    )
  })

  it('is one object where another is one for each frame', () => {
    const { frames, ...meta } = entryOf(1)
    expect(measureFrames(entryOf(1)).pieces).toBe(2)
    const entry = createPackedEntry(meta, packFrames(frames))
    expect(measureFrames(entry).pieces).toBe(1)
    expect([locate(entry).rows.length, locate(entryOf(1)).rows.length]).toEqual([1, 2])
  })
})
