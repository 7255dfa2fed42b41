import { assembleVectors, EMBEDDING_TYPES } from './embedding-answer.ts'
import type { Folded } from './fold.ts'
import { toOpenAiError } from './openai-answers.ts'
import { sliceVectors } from './vectors.ts'

/** How a client of `/v1/embeddings` is answered from a native answer. */
export interface VectorSpeech {
  /** As this client wrote it. */
  readonly model: string
  readonly encoding: 'float' | 'base64'
}

/**
 * A native answer of `/api/embed` as `/v1/embeddings` gives it (middleware/openai.go EmbedWriter), errors
 * included (corpus 420). What is no list of vectors becomes a 500: there is nothing to tell of it.
 */
export function speakVectors(status: number, body: Buffer, speech: VectorSpeech): Folded {
  const route = '/v1/embeddings'
  const contentType = EMBEDDING_TYPES[route]
  if (status !== 200) return { status, contentType, body: toOpenAiError(route, status, body) }
  const sliced = sliceVectors(body, '/api/embed')
  if (sliced === undefined) {
    return { status: 500, contentType, body: toOpenAiError(route, 500, Buffer.alloc(0)) }
  }
  const { vectors, tokens, totalDuration, loadDuration } = sliced
  const facts = { ...speech, tokens, totalDuration, loadDuration }
  return { status, contentType, body: assembleVectors(route, vectors, facts) }
}
