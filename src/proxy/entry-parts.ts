import { hash } from 'node:crypto'
import type { KnownModel } from '../models/registry.ts'
import type { Document } from '../ollama/document.ts'
import { type Parts, toParts, toPartsOf } from '../ollama/parts.ts'

/**
 * The parts of a key, as an entry keeps them: those of the body, and of what else is in the key the
 * model's digest, the origin's version and, where it counts, its date. No field of a body has such a name.
 */
export function toEntryParts(document: Document, { model, canonical }: Identified): Parts {
  const parts = canonical === undefined ? toParts(document) : toPartsOf(canonical)
  return toEntryPartsOf(parts, model)
}

/** What a question is asked of, and its canonical body where that is made already. */
interface Identified {
  readonly model: KnownModel
  readonly canonical?: Buffer | undefined
}

/** The same with the parts of the body, where they are made already; they are put to them. */
export function toEntryPartsOf(parts: Record<string, string>, model: KnownModel): Parts {
  const { digest, version, dateStamp } = model
  parts['origin.model'] = toHash(digest)
  parts['origin.version'] = toHash(version)
  if (dateStamp !== '') parts['origin.date'] = toHash(dateStamp)
  return parts
}

/** Few digests and versions stand in many entries: each is hashed, and kept, once. */
const hashes = new Map<string, string>()
const MAX_HASHES = 256

function toHash(text: string): string {
  const known = hashes.get(text)
  if (known !== undefined) return known
  if (hashes.size >= MAX_HASHES) hashes.clear()
  const made = hash('sha256', text, 'hex').slice(0, 8)
  hashes.set(text, made)
  return made
}
