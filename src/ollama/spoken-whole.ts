import { type EventValues, prepareWhole, renderEvents } from './event-template.ts'
import type { Folded } from './fold.ts'
import { toChatCompletion, toCompletion, toOpenAiError } from './openai-answers.ts'
import type { Speech } from './speech.ts'

/** A whole answer of the run as the client of a compatible route gets it: in its words, with its own id. */
export function speakWhole(speech: Speech, fold: Folded, values: EventValues): Folded {
  const { route, form } = speech
  if (form === undefined) {
    if (fold.status !== 200) return fold
    return { ...fold, body: Buffer.concat(renderEvents(prepareWhole(route, fold.body), values)) }
  }
  const contentType = 'application/json'
  if (fold.status !== 200) {
    return { ...fold, contentType, body: toOpenAiError(route, fold.status, fold.body) }
  }
  const isChat = route === '/v1/chat/completions'
  const id = values.mintId(isChat ? 'chatcmpl-0' : 'cmpl-0')
  const own = { id, model: values.model, createdSeconds: values.createdSeconds, form }
  const body = isChat ? toChatCompletion(fold.body, own) : toCompletion(fold.body, own)
  return { status: 200, contentType, body }
}
