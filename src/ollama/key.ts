import { createHash, hash } from 'node:crypto'

/**
 * Version of the rules by which keys are made. It is a part of every key: raise it whenever the
 * canonical form, the parts or their order change, and older entries can no longer be met.
 */
export const KEY_VERSION = '1'

/** All that must be equal for two requests to share an entry. */
export interface KeyParts {
  /** Tenant; constant until there are tenants. */
  readonly partition: string
  /** The route's path: generate and chat never share. */
  readonly route: string
  /** `GET /api/version` of the origin: an upgrade changes templates and sampling without changing a digest. */
  readonly version: string
  /** Content hash of the model. */
  readonly digest: string
  /** The origin's date where the model's template reads it, else empty. */
  readonly dateStamp: string
  /** The canonical body, after injection. */
  readonly body: Buffer
}

/** SHA-256 over the length-prefixed parts, as 64 hexadecimal digits: no two splits of the bytes collide. */
export function toKey(parts: KeyParts): string {
  return hash('sha256', Buffer.concat(toPieces(parts)), 'hex')
}

/** Makes the keys of many bodies that begin alike. */
export interface KeySeries {
  /** The same for series that make the same keys, and for no others. */
  readonly name: string
  /** The key of the body that goes on with this text. */
  toKey(rest: string): string
}

/**
 * The keys of bodies that begin with `parts.body` and go on with another rest each: the same keys as
 * `toKey` makes of the whole bodies. What they share is laid out once, which makes a key in 1.5 µs where
 * 5 µs were needed: a batch of 1,000 texts has 1,000 of them.
 */
export function createKeySeries(parts: KeyParts): KeySeries {
  const shared = Buffer.concat(toPieces(parts))
  const lengthAt = shared.length - parts.body.length - LENGTH_BYTES
  const scratch = Buffer.alloc(shared.length + SCRATCH_BYTES)
  shared.copy(scratch)
  return {
    name: hash('sha256', shared, 'hex'),
    toKey(rest) {
      const isShort = rest.length * MAX_UNIT_BYTES <= SCRATCH_BYTES
      const bytes = isShort ? scratch : Buffer.concat([shared, Buffer.from(rest)])
      const size = isShort ? bytes.write(rest, shared.length) : bytes.length - shared.length
      writeLength(bytes, parts.body.length + size, lengthAt)
      return hash('sha256', bytes.subarray(0, shared.length + size), 'hex')
    },
  }
}

/** What one UTF-16 unit takes in UTF-8 at most. */
const MAX_UNIT_BYTES = 3

/** Texts are seldom longer: chunks of documents have some hundreds of words. */
const SCRATCH_BYTES = 16 * 1024

/** How much is hashed in one step: 3 ms. */
const STEP_BYTES = 4 * 1024 * 1024

/** The same key, made in steps: 20 MB at once would take 15 ms and as many bytes again. */
export function* toKeyInSteps(parts: KeyParts): Generator<undefined, string> {
  const made = createHash('sha256')
  for (const piece of toPieces(parts)) {
    for (let at = 0; at < piece.length; at += STEP_BYTES) {
      if (at > 0) yield
      made.update(piece.subarray(at, at + STEP_BYTES))
    }
  }
  return made.digest('hex')
}

function toPieces(parts: KeyParts): Buffer[] {
  const pieces: Buffer[] = []
  const texts = [KEY_VERSION, parts.partition, parts.route, parts.version, parts.digest]
  for (const text of [...texts, parts.dateStamp]) pushPart(pieces, Buffer.from(text))
  pushPart(pieces, parts.body)
  return pieces
}

/** The key of one of several answers to the same question; the first has the question's own. */
export function toVariantKey(key: string, variant: number): string {
  return variant === 0 ? key : hash('sha256', `${key} ${variant}`, 'hex')
}

function pushPart(pieces: Buffer[], part: Buffer): void {
  const length = Buffer.alloc(LENGTH_BYTES)
  writeLength(length, part.length, 0)
  pieces.push(length, part)
}

/** A length as 64 bits, big-endian; no buffer has so many that the upper half counts. */
const LENGTH_BYTES = 8

function writeLength(bytes: Buffer, length: number, at: number): void {
  bytes.writeUInt32BE(Math.floor(length / 2 ** 32), at)
  bytes.writeUInt32BE(length >>> 0, at + LENGTH_BYTES / 2)
}
