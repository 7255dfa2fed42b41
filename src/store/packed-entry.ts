import type { Row } from '../http/chunk.ts'
import type { AnswerFrames, Span } from '../ollama/columns.ts'
import { listFrames, toRow } from '../ollama/frames.ts'
import {
  type EntryMeta,
  locateFrames,
  type Packed,
  packFrames,
  sizeOfFrames,
  spansOf,
} from './codec.ts'
import type { Entry } from './store.ts'

/**
 * An entry whose frames are one piece of memory until somebody wants them one by one: most that are stored
 * are never asked for again, and a hundred buffers of each were what the garbage collector went through.
 */
export function createPackedEntry(meta: EntryMeta, packed: Packed): Entry {
  return new PackedEntry(meta, packed)
}

/** The frames of any entry in one piece; not to be written to, nor given away. */
export function packedOf(entry: Entry): Packed {
  return entry instanceof PackedEntry ? entry.packed() : packFrames(entry.frames)
}

/** The frames of any entry in the ways in which they are at hand: no buffer is made for each, nor are they where nobody asks. */
export function locate(entry: Entry): AnswerFrames {
  return entry instanceof PackedEntry
    ? new Located(entry.packed())
    : { rows: entry.frames.map(toRow) }
}

class Located implements AnswerFrames {
  readonly spans: readonly Span[] | undefined
  readonly #packed: Packed
  #rows: readonly Row[] | undefined

  constructor(packed: Packed) {
    this.#packed = packed
    this.spans = spansOf(packed)
  }

  get rows(): readonly Row[] {
    this.#rows ??= [locateFrames(this.#packed)]
    return this.#rows
  }
}

/** What an entry is besides its frames, which are not unpacked for that. */
export function metaOf(entry: Entry): EntryMeta {
  // They are no member of its own there: what copies it, or writes it as JSON, does not see them.
  if (entry instanceof PackedEntry) return entry
  const { frames: _, ...meta } = entry
  return meta
}

/** What an entry's frames are. */
export interface Measured {
  /** Bytes of the frames themselves. */
  readonly bytes: number
  /** Bytes of the memory they are in. */
  readonly heldBytes: number
  /** How many objects hold them. */
  readonly pieces: number
}

/** Bytes of an entry's frames, and how many objects hold them. */
export function measureFrames(entry: Entry): Measured {
  if (entry instanceof PackedEntry) {
    const packed = entry.packed()
    return { bytes: sizeOfFrames(packed), heldBytes: packed.length, pieces: 1 }
  }
  const bytes = entry.frames.reduce((sum, { length }) => sum + length, 0)
  return { bytes, heldBytes: bytes, pieces: entry.frames.length }
}

class PackedEntry implements Entry {
  readonly key: Entry['key']
  readonly partition: Entry['partition']
  readonly route: Entry['route']
  readonly kind: Entry['kind']
  readonly model: Entry['model']
  readonly digest: Entry['digest']
  readonly contentType: Entry['contentType']
  readonly storedAt: Entry['storedAt']
  readonly expiresAt: Entry['expiresAt']
  readonly costMs: Entry['costMs']
  readonly tokens: Entry['tokens']
  declare readonly parts?: NonNullable<Entry['parts']>
  readonly #packed: Packed

  constructor(meta: EntryMeta, packed: Packed) {
    this.key = meta.key
    this.partition = meta.partition
    this.route = meta.route
    this.kind = meta.kind
    this.model = meta.model
    this.digest = meta.digest
    this.contentType = meta.contentType
    this.storedAt = meta.storedAt
    this.expiresAt = meta.expiresAt
    this.costMs = meta.costMs
    this.tokens = meta.tokens
    if (meta.parts !== undefined) this.parts = meta.parts
    this.#packed = packed
  }

  /** Made anew each time: kept, they took more than the answer itself. */
  get frames(): readonly Buffer[] {
    return listFrames([locateFrames(this.#packed)])
  }

  packed(): Packed {
    return this.#packed
  }
}
