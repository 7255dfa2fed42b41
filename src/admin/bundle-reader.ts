import { createHash, type Hash } from 'node:crypto'
import { RepriseError } from '../errors.ts'
import { Check } from '../json-schema.ts'
import { KEY_VERSION } from '../ollama/key.ts'
import type { Entry } from '../store/store.ts'
import {
  BUNDLE_FORMAT,
  BUNDLE_VERSION,
  type BundleHeader,
  HEADER_SHAPE,
  TRAILER_SHAPE,
} from './bundle.ts'
import { isEntryLine, readEntryLine } from './bundle-entry.ts'

/** What a bundle holds, in its order. */
export type BundleItem =
  | { readonly kind: 'header'; readonly header: BundleHeader }
  | { readonly kind: 'entry'; readonly entry: Entry }
  /** A line that is not what was written. */
  | { readonly kind: 'damaged'; readonly line: number }

/** No answer is so long; what has no line end is no bundle. */
const MAX_LINE_BYTES = 512 * 1024 * 1024
const LINE_FEED = 0x0a

/**
 * Reads a bundle as it comes. Throws `bad-request` at once where it is none, or one whose keys are made
 * in another way; and at its end where bytes are missing or are not those that were written.
 */
export async function* readBundle(chunks: AsyncIterable<Buffer>): AsyncGenerator<BundleItem> {
  const state: State = { hash: createHash('sha256'), number: 0, entries: 0, isOver: false }
  for await (const line of splitLines(chunks)) {
    const item = readLine(line, state)
    if (item !== undefined) yield item
  }
  if (state.number === 0) throw toFault('it is empty')
  if (!state.isOver)
    throw toFault('it ends in the middle: the last line, with its checksum, is missing')
}

interface State {
  readonly hash: Hash
  /** Lines read so far. */
  number: number
  /** Lines that were, or claimed to be, entries. */
  entries: number
  isOver: boolean
}

function readLine(line: Buffer, state: State): BundleItem | undefined {
  if (state.isOver) throw toFault('something stands behind its last line')
  state.number += 1
  if (state.number > 1 && !isEntryLine(line)) {
    checkTrailer(line, state)
    return undefined
  }
  state.hash.update(line).update('\n')
  if (state.number === 1) return { kind: 'header', header: readHeader(line) }
  state.entries += 1
  const entry = readEntryLine(line)
  return entry === undefined ? { kind: 'damaged', line: state.number } : { kind: 'entry', entry }
}

function readHeader(line: Buffer): BundleHeader {
  const value = parse(line)
  if (!Check(HEADER_SHAPE, value)) throw toFault(`its first line is no ${BUNDLE_FORMAT} header`)
  const { version, keyVersion } = value
  if (version > BUNDLE_VERSION) {
    throw toFault(`it is of version ${version}, and this reprise reads up to ${BUNDLE_VERSION}`)
  }
  if (keyVersion !== KEY_VERSION) {
    throw toFault(
      `its keys are of version ${keyVersion}, and those of this reprise of ${KEY_VERSION}: no request could ever meet its entries; export it again with the same version of reprise`,
    )
  }
  // The origin's table is judged by who adopts it.
  return value as BundleHeader
}

function checkTrailer(line: Buffer, state: State): void {
  const value = parse(line)
  if (!Check(TRAILER_SHAPE, value)) throw toFault(`line ${state.number} is none of a bundle`)
  state.isOver = true
  if (value.count !== state.entries) {
    throw toFault(`${state.entries} entries came, and there were ${value.count}`)
  }
  if (value.sha256 !== state.hash.digest('hex'))
    throw toFault('its checksum is not that of its bytes')
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString())
  } catch {
    return undefined
  }
}

function toFault(what: string): RepriseError {
  return new RepriseError('bad-request', `this is no bundle that can be taken in: ${what}`)
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = []
  let size = 0
  for await (const chunk of chunks) {
    let at = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, at)) {
      yield Buffer.concat([...pieces, chunk.subarray(at, end)])
      pieces = []
      size = 0
      at = end + 1
    }
    pieces.push(chunk.subarray(at))
    size += chunk.length - at
    if (size > MAX_LINE_BYTES) throw toFault('a line of it is too long')
  }
  if (size > 0) yield Buffer.concat(pieces)
}
