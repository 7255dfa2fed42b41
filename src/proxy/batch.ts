import type { KnownModel } from '../models/registry.ts'
import {
  type EmbeddingRoute,
  type Inputs,
  readInputs,
  wantsBase64,
} from '../ollama/embedding-inputs.ts'
import { toTextSeries } from '../ollama/embedding-key.ts'
import type { Question } from '../ollama/question.ts'
import type { Key } from '../store/store.ts'
import { PARTITION } from './partition.ts'

/** The texts of one embedding request, each with a key of its own. */
export interface Batch {
  readonly inputs: Inputs
  /** Of each distinct text, in their order. */
  readonly keys: readonly Key[]
  readonly model: KnownModel
  /** The route the texts are sent on. */
  readonly sentOn: EmbeddingRoute
  /** The route the client asked on, and is answered as. */
  readonly askedOn: EmbeddingRoute
  readonly encoding: 'float' | 'base64'
}

const ROUTES: ReadonlySet<string> = new Set(['/api/embed', '/api/embeddings', '/v1/embeddings'])

/** Whether a route turns texts into vectors. */
export function isEmbeddingRoute(route: string): route is EmbeddingRoute {
  return ROUTES.has(route)
}

/** Splits a request into its texts; undefined where it is not one that may be split. */
export function toBatch(question: Question, path: string, model: KnownModel): Batch | undefined {
  const { route, document, askedDocument } = question
  if (!isEmbeddingRoute(route) || !isEmbeddingRoute(path)) return undefined
  const inputs = readInputs(document, route)
  if (inputs === undefined) return undefined
  const { version, digest } = model
  const parts = { partition: PARTITION, route, version, digest, dateStamp: '' }
  const series = toTextSeries(document, parts)
  const keys = inputs.distinct.map(({ text }) => series.toKey(text))
  const encoding = wantsBase64(askedDocument) ? 'base64' : 'float'
  return { inputs, keys, model, sentOn: route, askedOn: path, encoding }
}
