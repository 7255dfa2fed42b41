import { createHash } from 'node:crypto'
import { Type } from '../json-schema.ts'
import type { Kept } from '../models/kept-table.ts'
import { KEY_VERSION } from '../ollama/key.ts'
import type { Entry } from '../store/store.ts'
import { toEntryLine } from './bundle-entry.ts'

/**
 * A bundle of entries as a file: lines of JSON. The first is the header, the last the trailer, and each
 * between them an entry. It is read and written as a stream, and every line can be judged by itself.
 */
export const BUNDLE_FORMAT = 'reprise-bundle'

/** Raised with each change of the lines. */
export const BUNDLE_VERSION = 1

/** The first line. */
export interface BundleHeader {
  readonly format: typeof BUNDLE_FORMAT
  readonly version: number
  /** The rules by which the keys were made: entries of others could never be met. */
  readonly keyVersion: string
  /** Instant of the export, ISO 8601. */
  readonly exportedAt: string
  /** Version and models of the origin, name by digest: what an offline Reprise answers from. */
  readonly origin: Kept | null
}

/** The last line. */
export interface BundleTrailer {
  /** How many entries stand before it. */
  readonly count: number
  /** SHA-256 of all bytes before it, as 64 hexadecimal digits. */
  readonly sha256: string
}

/** The shape of the first line; `origin` is judged by who makes use of it. */
export const HEADER_SHAPE = Type.Object({
  format: Type.Literal(BUNDLE_FORMAT),
  version: Type.Integer({ minimum: 1 }),
  keyVersion: Type.String(),
  exportedAt: Type.String(),
  origin: Type.Unknown(),
})

/** The shape of the last line. */
export const TRAILER_SHAPE = Type.Object({
  count: Type.Integer({ minimum: 0 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
})

/** The lines of a bundle; `now` is wall time in ms since the epoch. */
export async function* writeBundle(
  entries: AsyncIterable<Entry>,
  origin: Kept | undefined,
  now: number,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  const seal = (line: Buffer): Buffer => {
    hash.update(line)
    return line
  }
  const header: BundleHeader = {
    format: BUNDLE_FORMAT,
    version: BUNDLE_VERSION,
    keyVersion: KEY_VERSION,
    exportedAt: new Date(now).toISOString(),
    origin: origin ?? null,
  }
  let count = 0
  yield seal(toLine(header))
  for await (const entry of entries) {
    count += 1
    yield seal(toEntryLine(entry))
  }
  const trailer: BundleTrailer = { count, sha256: hash.digest('hex') }
  yield toLine(trailer)
}

function toLine(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`)
}
