import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Segments } from '../../src/store/segments.ts'
import type { Entry } from '../../src/store/store.ts'
import { anyEntry, entryOf, keyOf, noiseOf, toPlain } from './entries.ts'

const SEGMENT_BYTES = 65_536

/** Segments that count what they are told of, and put what fits. */
function createSegments(bytes = SEGMENT_BYTES) {
  const counted = { text: [0, 0], vision: [0, 0], embedding: [0, 0] }
  let turn = 0
  const segments = new Segments(bytes, (kind, size, sign) => {
    const [entries = 0, all = 0] = counted[kind]
    counted[kind] = [entries + sign, all + sign * size]
  })
  const put = (entry: Entry): boolean => {
    const record = segments.write(entry)
    if (record !== undefined) segments.put(record, ++turn)
    return record !== undefined
  }
  return { segments, counted, put }
}

describe('segments', () => {
  it('give any entry as it was put', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 20 }), (entries) => {
        const { segments, put } = createSegments()
        const last = new Map(entries.map((entry) => [entry.key, entry]))
        for (const entry of entries) expect(put(entry)).toBe(true)
        for (const [key, entry] of last) {
          expect(toPlain(segments.read(key))).toEqual(entry)
          expect(toPlain(segments.look(key))).toEqual(entry)
        }
        expect(new Set(segments.keys())).toEqual(new Set(last.keys()))
      }),
      { numRuns: 50 },
    )
  })

  it('give up the oldest one with all that is in it, and nothing else', () => {
    const { segments, put } = createSegments()
    const frames = [noiseOf(1, 4000)]
    let n = 0
    while (segments.bytes < 3 * SEGMENT_BYTES) put(entryOf(n++, { frames }))
    const inFirst = (n - 1) / 2
    expect(segments.oldestPutAt).toBe(inFirst)
    segments.evict()
    expect(segments.bytes).toBe(2 * SEGMENT_BYTES)
    for (let each = 0; each < n; each++) expect(segments.has(keyOf(each))).toBe(each >= inFirst)
  })

  it('take no more memory for what is put in place of what went', () => {
    const { segments, counted, put } = createSegments()
    for (let n = 0; n < 2000; n++) {
      put(entryOf(n, { frames: [noiseOf(n, 1000)] }))
      while (segments.bytes > 4 * SEGMENT_BYTES) segments.evict()
    }
    const kept = segments.keys()
    expect(kept.length).toBe(counted.text[0])
    expect(kept.length).toBeGreaterThan(100)
    for (let n = 2000 - kept.length; n < 2000; n++)
      expect(toPlain(segments.read(keyOf(n)))).toEqual(entryOf(n, { frames: [noiseOf(n, 1000)] }))
  })

  it('give one up as soon as nothing is in it', () => {
    const { segments, counted, put } = createSegments()
    for (let n = 0; n < 100; n++) put(entryOf(n, { frames: [noiseOf(n, 2000)] }))
    expect(segments.bytes).toBeGreaterThan(3 * SEGMENT_BYTES)
    for (let n = 0; n < 100; n++) expect(segments.remove(keyOf(n))).toBe(true)
    expect(segments.remove(keyOf(1))).toBe(false)
    expect([segments.bytes, segments.oldestPutAt, segments.keys()]).toEqual([0, undefined, []])
    expect(counted.text).toEqual([0, 0])
  })

  it('count each kind, and what is put again once', () => {
    const { segments, counted, put } = createSegments()
    for (const kind of ['text', 'vision', 'embedding', 'vision'] as const) put(entryOf(1, { kind }))
    put(entryOf(2))
    expect([counted.text[0], counted.vision[0], counted.embedding[0]]).toEqual([1, 1, 0])
    segments.clear()
    expect(counted).toEqual({ text: [0, 0], vision: [0, 0], embedding: [0, 0] })
  })

  it('refuse what would waste too much of one', () => {
    const { segments, put } = createSegments()
    expect(put(entryOf(1, { frames: [noiseOf(1, SEGMENT_BYTES / 4)] }))).toBe(false)
    expect(put(entryOf(2, { frames: [noiseOf(1, SEGMENT_BYTES / 5)] }))).toBe(true)
    expect(segments.keys()).toEqual([keyOf(2)])
    expect(createSegments(0).put(entryOf(1))).toBe(false)
  })
})
