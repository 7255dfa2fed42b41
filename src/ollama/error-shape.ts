import { toErrorBody } from '../errors.ts'

/** An error of Reprise's own in the shape the route's clients read; always `application/json`. */
export function shapeError(path: string, status: number, message: string): Buffer {
  if (path === '/v1/messages') return toAnthropicBody(message)
  if (path.startsWith('/v1/')) return toOpenAiBody(status, message)
  return toErrorBody(message)
}

/** Ollama's own OpenAI layer (corpus 385–392): type by status, `param` and `code` null. */
function toOpenAiBody(status: number, message: string): Buffer {
  const type =
    status === 400 ? 'invalid_request_error' : status === 404 ? 'not_found_error' : 'api_error'
  return Buffer.from(JSON.stringify({ error: { message, type, param: null, code: null } }))
}

/** Ollama's own Anthropic layer (corpus 439–442), without a request id: it never saw the request. */
function toAnthropicBody(message: string): Buffer {
  return Buffer.from(JSON.stringify({ type: 'error', error: { type: 'api_error', message } }))
}
