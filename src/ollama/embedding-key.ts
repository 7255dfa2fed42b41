import { canonicalize } from './canonical.ts'
import type { Document } from './document.ts'
import type { EmbeddingRoute, Input } from './embedding-inputs.ts'

/** What stands for the route in a key: routes of one family write the same vector for the same text. */
export type EmbeddingFamily = '/api/embed' | '/api/embeddings'

const TEXTS: ReadonlySet<string> = new Set(['input', 'prompt'])

/**
 * `/v1/embeddings` is `/api/embed` by another name, normalised alike (corpus 330, 410); the older
 * `/api/embeddings` does not normalise, nor cut, nor take dimensions (355).
 */
export function toFamily(route: EmbeddingRoute): EmbeddingFamily {
  return route === '/api/embeddings' ? '/api/embeddings' : '/api/embed'
}

/**
 * The body part of the key of each text, made from the document as it is sent: what all of them share
 * (options, `truncate`, `dimensions`, unknown fields) and the text itself. The first part is one JSON
 * object, so that no two splits collide.
 */
export function toKeyBodies(document: Document, inputs: readonly Input[]): Buffer[] {
  const shared = canonicalize(document, TEXTS)
  return inputs.map(({ text }) => Buffer.concat([shared, text]))
}
