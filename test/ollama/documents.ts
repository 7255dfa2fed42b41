import { type Document, readDocument } from '../../src/ollama/document.ts'
import { type Endpoint, findEndpoint } from '../../src/ollama/endpoints.ts'
import { type Injection, type InjectionRules, inject } from '../../src/ollama/inject.ts'
import { readPurpose } from '../../src/ollama/purpose.ts'

/** The native routes whose bodies are read, and one that is not. */
export type Route = 'generate' | 'chat' | 'embed' | 'embeddings' | 'show'

export function endpointOf(route: Route): Endpoint {
  return findEndpoint('POST', `/api/${route}`)!
}

/** The document of a body that must be accepted. */
export function documentOf(text: string, route: Route = 'generate'): Document {
  const document = readDocument(Buffer.from(text), endpointOf(route))
  if (document === undefined) throw new Error(`ambiguous: ${text.slice(0, 200)}`)
  return document
}

/** Puts in what the purpose of a document allows. */
export function injectInto(
  document: Document,
  endpoint: Endpoint,
  rules: InjectionRules,
): Injection {
  return inject(document, readPurpose(document, endpoint).injected, rules)
}

/** The defaults of the product: six threads, half an hour, 4096 tokens, no temperature. */
export const DEFAULT_RULES: InjectionRules = {
  numThread: { mode: 'fill', value: 6 },
  keepAlive: { mode: 'fill', value: '30m' },
  maxTokens: { mode: 'fill', value: 4096 },
  temperature: { mode: 'fill', value: null },
}
