import { type Document, readDocument } from '../../src/ollama/document.ts'
import { type Endpoint, findEndpoint } from '../../src/ollama/endpoints.ts'

/** The endpoint of a path that is asked with POST. */
export function endpointAt(path: string): Endpoint {
  return findEndpoint('POST', path)!
}

/** The document of a body for a path, from JSON or from what is to become JSON; it must be accepted. */
export function documentAt(path: string, body: unknown): Document {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const document = readDocument(Buffer.from(text), endpointAt(path))
  if (document === undefined) throw new Error(`ambiguous: ${text.slice(0, 200)}`)
  return document
}
