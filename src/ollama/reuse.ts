import type { BypassReason } from '../outcome.ts'
import { type Document, readString } from './document.ts'
import type { Endpoint } from './endpoints.ts'
import { showsImages } from './images.ts'
import type { Kind } from './kind.ts'
import { readPurpose } from './purpose.ts'

/** What a request asks, as far as its reuse depends on it. */
export interface Reading {
  /** Why it may not be answered from the cache; undefined where only its sampling is left to judge. */
  readonly bypass: BypassReason | undefined
  readonly kind: Kind
  /** The model as the client wrote it; empty where it named none. */
  readonly model: string
  /** Whether the client asked for the whole answer or for a stream, as generate and chat do by default. */
  readonly whole: 'whole' | 'stream'
  /** Which parameters may be put into the request. */
  readonly injected: Endpoint['injected']
}

/**
 * Reads a request as the client sent it, before anything is put into it. Its sampling is not judged
 * here: `judgeSampling` reads the document after the injection, since a profile may set a temperature.
 */
export function readRequest(document: Document, endpoint: Endpoint): Reading {
  const { bypass, injected } = readPurpose(document, endpoint)
  return {
    bypass,
    injected,
    kind: findKind(document, endpoint),
    model: readString(document, 'model') ?? '',
    whole: asksForWhole(document, endpoint) ? 'whole' : 'stream',
  }
}

function asksForWhole(document: Document, endpoint: Endpoint): boolean {
  const stream = document.members.get('stream')?.type
  if (endpoint.streams === 'by-default') return stream === 'false'
  return endpoint.streams === 'never' || stream !== 'true'
}

function findKind(document: Document, endpoint: Endpoint): Kind {
  if (endpoint.role === 'embedding') return 'embedding'
  return showsImages(document) ? 'vision' : 'text'
}
