import type { ModelRegistry, RegistrySnapshot } from '../models/registry.ts'
import type { Exchange, Step } from './exchange.ts'
import type { FrameSource } from './frame-source.ts'
import { toNotCached } from './refusal.ts'

/** What the step needs of the rest. */
export interface OfflineOptions {
  readonly registry: Pick<ModelRegistry, 'snapshot'>
}

/**
 * Answers in the origin's place where `mode` is `offline`: that a server is there, its version, and its
 * models, as far as they are known. Everything else is 504: it is not in the cache, and nobody is asked.
 */
export function createOfflineStep({ registry }: OfflineOptions): Step {
  return (exchange) => {
    const answer = find(exchange, registry.snapshot())
    if (answer === undefined) throw toNotCached('offline')
    exchange.source = toSource(answer)
    return 'deliver'
  }
}

interface Answer {
  readonly contentType: string
  readonly body: string
}

function find({ method, path }: Exchange, known: RegistrySnapshot): Answer | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined
  switch (path) {
    case '/':
      return { contentType: 'text/plain; charset=utf-8', body: 'Ollama is running' }
    case '/api/version':
      return toJson({ version: known.version ?? '' })
    case '/api/tags':
      return toJson({ models: known.models.map(toTag) })
    case '/v1/models':
      return toJson({ object: 'list', data: known.models.map(toModel) })
    default:
      return undefined
  }
}

/** Names and digests are all that is known of a model. */
function toTag({ name, digest }: RegistrySnapshot['models'][number]) {
  return { name, model: name, modified_at: EPOCH, size: 0, digest, details: {} }
}

function toModel({ name }: RegistrySnapshot['models'][number]) {
  return { id: name, object: 'model', created: 0, owned_by: 'library' }
}

const EPOCH = '1970-01-01T00:00:00Z'

function toJson(value: unknown): Answer {
  return { contentType: 'application/json; charset=utf-8', body: JSON.stringify(value) }
}

function toSource({ contentType, body }: Answer): FrameSource {
  const bytes = Buffer.from(body)
  return {
    head: { status: 200, headers: [['Content-Type', contentType]], body: 'opaque' },
    end: { kind: 'ended' },
    prepared: { bytes, framing: 'length' },
    open: () => ({ next: () => undefined, close() {} }),
  }
}
