import type { EmbeddingRoute } from './embedding-inputs.ts'
import { toGoString } from './go-json.ts'
import { toBase64 } from './number-list.ts'

/** What is told of an answer besides its vectors. */
export interface EmbeddingFacts {
  /** As this client wrote it. */
  readonly model: string
  /** Tokens of all texts together; undefined where they are not known. */
  readonly tokens: number | undefined
  /** In ns; 0 is left out, as Ollama leaves it out. */
  readonly totalDuration: number
  /** In ns; 0 is left out, as Ollama leaves it out. */
  readonly loadDuration: number
  /** How `/v1/embeddings` writes the vectors. */
  readonly encoding: 'float' | 'base64'
}

/** The content type of an answer of each route. */
export const EMBEDDING_TYPES: Readonly<Record<EmbeddingRoute, string>> = {
  '/api/embed': 'application/json; charset=utf-8',
  '/api/embeddings': 'application/json; charset=utf-8',
  '/v1/embeddings': 'application/json',
}

/**
 * The answer as Ollama writes it on the route (corpus 330–360, 410–416), around vectors as it wrote
 * them. A count that is not known is left out, never made up: `usage` goes then as a whole.
 */
export function assembleVectors(
  route: EmbeddingRoute,
  vectors: readonly Buffer[],
  facts: EmbeddingFacts,
): Buffer {
  switch (route) {
    case '/api/embed':
      return assembleEmbed(vectors, facts)
    case '/api/embeddings':
      return Buffer.concat([Buffer.from('{"embedding":'), ...vectors, Buffer.from('}')])
    case '/v1/embeddings':
      return assembleList(vectors, facts)
  }
}

function assembleEmbed(vectors: readonly Buffer[], facts: EmbeddingFacts): Buffer {
  const counts = [
    countOf('total_duration', facts.totalDuration),
    countOf('load_duration', facts.loadDuration),
    countOf('prompt_eval_count', facts.tokens ?? 0),
  ].join('')
  const pieces = vectors.flatMap((vector, i) => (i === 0 ? [vector] : [COMMA, vector]))
  const head = Buffer.from(`{"model":${toGoString(facts.model)},"embeddings":[`)
  return Buffer.concat([head, ...pieces, Buffer.from(`]${counts}}`)])
}

const COMMA = Buffer.from(',')

/** Go leaves out what is 0. */
function countOf(name: string, count: number): string {
  return count === 0 ? '' : `,"${name}":${count}`
}

function assembleList(vectors: readonly Buffer[], facts: EmbeddingFacts): Buffer {
  const pieces = vectors.flatMap((vector, index) => [
    Buffer.from(`${index === 0 ? '' : ','}{"object":"embedding","embedding":`),
    facts.encoding === 'base64' ? Buffer.from(`"${toBase64(vector)}"`) : vector,
    Buffer.from(`,"index":${index}}`),
  ])
  const { tokens } = facts
  const usage =
    tokens === undefined ? '' : `,"usage":{"prompt_tokens":${tokens},"total_tokens":${tokens}}`
  const tail = Buffer.from(`],"model":${toGoString(facts.model)}${usage}}\n`)
  return Buffer.concat([Buffer.from('{"object":"list","data":['), ...pieces, tail])
}
