import { canonicalize } from './canonical.ts'
import type { Document } from './document.ts'
import { createKeySeries, type KeyParts, type KeySeries } from './key.ts'

const TEXTS: ReadonlySet<string> = new Set(['input', 'prompt'])

/**
 * The keys of the texts of a request, made from the document as it is sent: the body part of each is what all
 * of them share (options, `truncate`, `dimensions`, unknown fields) and the text itself. The first part is one
 * JSON object, so that no two splits collide. The route stands beside it in the key: `/v1/embeddings` does not
 * read what `/api/embed` reads by the same name (`truncate`, `options`), and `/api/embeddings` does not
 * normalise (corpus 355), so that only what is sent on one route shares entries.
 */
export function toTextSeries(document: Document, parts: Omit<KeyParts, 'body'>): KeySeries {
  return createKeySeries({ ...parts, body: canonicalize(document, TEXTS) })
}
