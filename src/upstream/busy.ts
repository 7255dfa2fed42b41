/** Ollama's sentence for a full queue, with its two blanks (server/sched.go, ErrMaxQueue). */
const SENTENCE = 'server busy, please try again.  maximum pending requests exceeded'

/** More than any of its shapes has, in bytes: 77, 134 and 175 were measured (0.32.15). */
const LARGEST_BYTES = 1_024

/**
 * Whether an answer is Ollama's own 503 for a full queue (OLLAMA_MAX_QUEUE): the request was never begun,
 * so it may be sent again. A 503 of anything else, a proxy between for one, is not.
 *
 * @param body The whole body, in the shape of any route: `{"error":"…"}`, `{"error":{"message":"…"}}` of
 * `/v1`, or the same with a type and a request id around it of `/v1/messages`.
 */
export function isBusy(status: number, body: Buffer): boolean {
  if (status !== 503 || body.length > LARGEST_BYTES) return false
  return readMessage(body) === SENTENCE
}

function readMessage(body: Buffer): unknown {
  try {
    const { error } = JSON.parse(body.toString()) as { error?: unknown }
    return typeof error === 'object' && error !== null && 'message' in error ? error.message : error
  } catch {
    return undefined
  }
}
