import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeBundle } from '../../src/admin/bundle.ts'
import { readEntryLine, toEntryLine } from '../../src/admin/bundle-entry.ts'
import { type BundleItem, readBundle } from '../../src/admin/bundle-reader.ts'
import type { Kept } from '../../src/models/kept-table.ts'
import type { Entry } from '../../src/store/store.ts'
import { anyFrames, entryOf, STORED_AT } from '../store/entries.ts'

const ORIGIN: Kept = {
  table: {
    version: '0.32.15',
    models: [{ name: 'tiny:latest', digest: 'd'.repeat(64), place: 'here' }],
    originNow: STORED_AT,
    readAt: STORED_AT,
  },
  dates: { ['d'.repeat(64)]: false },
}

async function* streamOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

async function bundleOf(entries: readonly Entry[]): Promise<Buffer> {
  const lines: Buffer[] = []
  for await (const line of writeBundle(streamOf(entries), ORIGIN, STORED_AT)) lines.push(line)
  return Buffer.concat(lines)
}

/** What was read, and the sentence that ended it. */
async function read(bytes: Buffer, cut = bytes.length) {
  const items: BundleItem[] = []
  try {
    for await (const item of readBundle(streamOf([bytes.subarray(0, cut), bytes.subarray(cut)]))) {
      items.push(item)
    }
    return { items, fault: undefined }
  } catch (error) {
    return { items, fault: (error as Error).message }
  }
}

const entriesOf = (items: readonly BundleItem[]) =>
  items.flatMap((item) => (item.kind === 'entry' ? [item.entry] : []))

const ENTRIES = [1, 2, 3].map((n) => entryOf(n, { parts: { prompt: '0a1b2c3d' } }))

describe('a bundle', () => {
  it('gives back the entries and the origin that went into it, wherever it is cut on its way', async () => {
    const bytes = await bundleOf(ENTRIES)
    for (const cut of [0, 1, 77, 400, bytes.length - 1]) {
      const { items, fault } = await read(bytes, cut)
      expect(fault).toBeUndefined()
      expect(entriesOf(items)).toEqual(ENTRIES)
      expect(items[0]).toMatchObject({ kind: 'header', header: { origin: ORIGIN } })
    }
  })

  it('gives back any bytes, text or not', () => {
    fc.assert(
      fc.property(anyFrames, (frames) => {
        const entry = entryOf(1, { route: '/api/embed', frames })
        expect(readEntryLine(toEntryLine(entry).subarray(0, -1))).toEqual(entry)
      }),
    )
  })

  it('never gives an entry that is not what was written, whichever bit of it is flipped', async () => {
    const bytes = await bundleOf(ENTRIES)
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
        const damaged = Buffer.from(bytes)
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const { items, fault } = await read(damaged)
        for (const entry of entriesOf(items)) {
          expect(ENTRIES.find(({ key }) => key === entry.key)).toEqual(entry)
        }
        // A flipped bit is always told of: by its line, or at the end.
        expect(fault ?? items.find(({ kind }) => kind === 'damaged')).toBeDefined()
      }),
      { numRuns: 400 },
    )
  })

  it('is told to end in the middle where it does', async () => {
    const bytes = await bundleOf(ENTRIES)
    const end = bytes.lastIndexOf('\n', bytes.length - 2) + 1
    const { items, fault } = await read(bytes.subarray(0, end))
    expect(entriesOf(items).length).toBe(3)
    expect(fault).toContain('ends in the middle')
  })

  it.each([
    ['nothing', '', 'it is empty'],
    ['another file', 'hello\n', 'its first line is no reprise-bundle header'],
    ['a later version', '"version":1', 'it is of version 9, and this reprise reads up to 1'],
    ['other keys', '"keyVersion":"1"', 'its keys are of version 0'],
  ])('is refused with a sentence: %s', async (_what, text, sentence) => {
    const bytes = text.startsWith('"')
      ? Buffer.from(
          (await bundleOf(ENTRIES))
            .toString()
            .replace(text, text.replace('1', text.startsWith('"k') ? '0' : '9')),
        )
      : Buffer.from(text)
    const { items, fault } = await read(bytes)
    expect(fault).toContain(sentence)
    expect(items).toEqual([])
  })

  it('has no place for an answer that is not complete', () => {
    const entry = entryOf(1, { frames: [Buffer.from('{"response":"x","done":false}\n')] })
    expect(readEntryLine(toEntryLine(entry).subarray(0, -1))).toBeUndefined()
  })
})
