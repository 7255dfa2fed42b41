import { createHash } from 'node:crypto'
import fc from 'fast-check'
import type { Entry, Key, Store } from '../../src/store/store.ts'

/** 1 January 2026, in ms since the epoch: when the entries of these tests were stored. */
export const STORED_AT = Date.UTC(2026, 0, 1)

/** The key of the n-th entry. */
export function keyOf(n: number): Key {
  return createHash('sha256').update(String(n)).digest('hex')
}

/** The n-th entry: two frames that name it, and what a test says otherwise. */
export function entryOf(n: number, changes: Partial<Entry> = {}): Entry {
  return {
    key: keyOf(n),
    partition: '',
    route: '/api/generate',
    kind: 'text',
    model: 'llama3.2:latest',
    digest: keyOf(-1),
    contentType: 'application/x-ndjson',
    storedAt: STORED_AT,
    expiresAt: STORED_AT + 3_600_000,
    costMs: 812.5,
    tokens: 2,
    frames: [
      Buffer.from(`{"response":"answer ${n}","done":false}\n`),
      Buffer.from('{"response":"","done":true,"done_reason":"stop"}\n'),
    ],
    ...changes,
  }
}

/** A frame of bytes that do not deflate: what fills a disk. */
export function noiseOf(n: number, bytes: number): Buffer {
  const parts: Buffer[] = []
  for (let i = 0; i * 32 < bytes; i++)
    parts.push(createHash('sha256').update(`noise ${n} ${i}`).digest())
  return Buffer.concat(parts).subarray(0, bytes)
}

/** The stored entry under the n-th key, for tests that expect one or none. */
export async function entryIn(store: Store, n: number): Promise<Entry | undefined> {
  return toPlain((await store.get(keyOf(n)))?.entry)
}

/** The same entry as an object whose frames are a member of its own: what it is to be compared by. */
export function toPlain<T extends Entry | undefined>(entry: T): T {
  return entry && { ...entry, frames: entry.frames }
}

/** The frames as arrays of text, so that a failed comparison can be read. */
export function textsOf(entry: Entry | undefined): string[] | undefined {
  return entry?.frames.map((frame) => frame.toString('latin1'))
}

/** Any list of frames: empty ones, binary ones, none at all. */
export const anyFrames = fc
  .array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 })
  .map((frames) => frames.map((frame) => Buffer.from(frame)))

/** Hashes of fields, of any name; or none, as entries of older requests have. */
const anyParts = fc.option(
  fc.dictionary(
    fc.string({ unit: 'grapheme' }).filter((name) => name !== '__proto__'),
    fc.nat().map((n) => keyOf(n).slice(0, 8)),
  ),
  { nil: undefined },
)

/** Any entry. */
export const anyEntry: fc.Arbitrary<Entry> = fc
  .tuple(
    anyParts,
    fc.record({
      key: fc.nat().map(keyOf),
      partition: fc.string(),
      route: fc.constantFrom('/api/generate', '/api/chat'),
      kind: fc.constantFrom('text', 'vision', 'embedding'),
      model: fc.string({ unit: 'grapheme' }),
      digest: fc.nat().map(keyOf),
      contentType: fc.string(),
      storedAt: fc.nat({ max: 4_102_444_800_000 }),
      expiresAt: fc.nat({ max: 4_102_444_800_000 }),
      costMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
      tokens: fc.nat(),
      frames: anyFrames,
    }),
  )
  .map(([parts, entry]) => ({ ...entry, ...(parts && { parts }) }))
