import type { Act } from './use.ts'

/** What no two answers have in common: ids and instants; the headers hold the date. */
const VOLATILE = new Set([
  'id',
  'item_id',
  'call_id',
  'toolCallId',
  'created',
  'created_at',
  'completed_at',
  'timestamp',
  'request_id',
  '_request_id',
  'headers',
])

/** Ollama leaves a duration out where it is 0, so that its presence is an accident of the clock. */
const DURATION = /^(total|load|prompt_eval|eval)_duration$/

/** What a program is given: the value or the error, but for ids, times and durations. */
export async function tell(act: Act, url: string): Promise<unknown> {
  try {
    return neutralise(await act(url))
  } catch (error) {
    const { name, message, status, status_code, statusCode } = error as Record<string, unknown>
    return { name, message: neutralText(message), status, status_code, statusCode }
  }
}

/** A value with ids, times and durations made alike; all else stands. */
export function neutralise(value: unknown): unknown {
  const text = JSON.stringify(value, (key, inner: unknown) => {
    if (DURATION.test(key)) return undefined
    // LangChain calls a list of names `id`, which is always the same.
    return VOLATILE.has(key) && !Array.isArray(inner) ? '' : inner
  })
  return text === undefined ? undefined : JSON.parse(text)
}

/** Some clients put the whole body into the message of an error. */
function neutralText(message: unknown): string {
  return String(message).replace(/"request_id":"\w+"/, '"request_id":""')
}
