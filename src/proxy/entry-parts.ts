import type { KnownModel } from '../models/registry.ts'
import type { Document } from '../ollama/document.ts'
import { type Parts, toKnownHash, toParts, toPartsOf } from '../ollama/parts.ts'

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
  parts['origin.model'] = toKnownHash(digest)
  parts['origin.version'] = toKnownHash(version)
  if (dateStamp !== '') parts['origin.date'] = toKnownHash(dateStamp)
  return parts
}
