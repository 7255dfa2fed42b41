import { hash } from 'node:crypto'
import type { KnownModel } from '../models/registry.ts'
import type { Document } from '../ollama/document.ts'
import { type Parts, toParts } from '../ollama/parts.ts'

/**
 * The parts of a key, as an entry keeps them: those of the body, and of what else is in the key the
 * model's digest, the origin's version and, where it counts, its date. No field of a body has such a name.
 */
export function toEntryParts(document: Document, model: KnownModel): Parts {
  return toEntryPartsOf(toParts(document), model)
}

/** The same with the parts of the body, where they are made already. */
export function toEntryPartsOf(parts: Parts, { digest, version, dateStamp }: KnownModel): Parts {
  return {
    ...parts,
    'origin.model': toHash(digest),
    'origin.version': toHash(version),
    ...(dateStamp !== '' && { 'origin.date': toHash(dateStamp) }),
  }
}

function toHash(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 8)
}
