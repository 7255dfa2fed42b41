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

/** What stands before the first vector of an answer and behind the last. */
export interface Envelope {
  readonly head: Buffer
  readonly tail: Buffer
}

/**
 * What is around the vectors in the answer of a route, as Ollama writes it (corpus 330–360, 410–416). A count
 * that is not known is left out, never made up: `usage` goes then as a whole.
 */
export function toEnvelope(route: EmbeddingRoute, facts: EmbeddingFacts): Envelope {
  const model = toGoString(facts.model)
  switch (route) {
    case '/api/embed':
      return wrap(`{"model":${model},"embeddings":[`, `]${toCounts(facts)}}`)
    case '/api/embeddings':
      return wrap('{"embedding":', '}')
    case '/v1/embeddings':
      return wrap('{"object":"list","data":[', `],"model":${model}${toUsage(facts)}}\n`)
  }
}

/** How the vectors of an answer are written. */
export interface Spelling {
  readonly route: EmbeddingRoute
  readonly encoding: EmbeddingFacts['encoding']
}

/** Adds the pieces that the vector in a place of the answer takes: what parts it from the one before, and its own bytes. */
export function pushVector(
  pieces: Buffer[],
  { route, encoding }: Spelling,
  vector: Buffer,
  place: number,
): void {
  if (route !== '/v1/embeddings') {
    if (place > 0) pieces.push(COMMA)
    pieces.push(vector)
    return
  }
  pieces.push(place > 0 ? NEXT_DATUM : DATUM)
  pieces.push(encoding === 'base64' ? Buffer.from(`"${toBase64(vector)}"`) : vector)
  pieces.push(Buffer.from(`,"index":${place}}`))
}

/** The whole answer around vectors as Ollama wrote them. */
export function assembleVectors(
  route: EmbeddingRoute,
  vectors: readonly Buffer[],
  facts: EmbeddingFacts,
): Buffer {
  const { head, tail } = toEnvelope(route, facts)
  const pieces = [head]
  const spelling = { route, encoding: facts.encoding }
  for (const [place, vector] of vectors.entries()) pushVector(pieces, spelling, vector, place)
  return Buffer.concat([...pieces, tail])
}

const COMMA = Buffer.from(',')
const DATUM = Buffer.from('{"object":"embedding","embedding":')
const NEXT_DATUM = Buffer.concat([COMMA, DATUM])

function wrap(head: string, tail: string): Envelope {
  return { head: Buffer.from(head), tail: Buffer.from(tail) }
}

function toCounts({ totalDuration, loadDuration, tokens = 0 }: EmbeddingFacts): string {
  const counts = [
    countOf('total_duration', totalDuration),
    countOf('load_duration', loadDuration),
    countOf('prompt_eval_count', tokens),
  ]
  return counts.join('')
}

/** Go leaves out what is 0. */
function countOf(name: string, count: number): string {
  return count === 0 ? '' : `,"${name}":${count}`
}

function toUsage({ tokens }: EmbeddingFacts): string {
  if (tokens === undefined) return ''
  return `,"usage":{"prompt_tokens":${tokens},"total_tokens":${tokens}}`
}
