import type { Document } from './document.ts'
import { shapeError } from './error-shape.ts'
import { type EventRoute, readEvent } from './event.ts'
import type { Folded } from './fold.ts'
import { foldMessageEvents } from './fold-messages.ts'
import { foldChatChunks, foldCompletionChunks } from './fold-openai.ts'
import { foldResponseEvents } from './fold-responses.ts'
import type { RawObject } from './raw-members.ts'

/** The content type of every answer these routes make themselves, errors included. */
const JSON_TYPE = 'application/json'

/**
 * A stream of a compatible route as the whole answer Ollama would have given to the request. The stream
 * must have been asked for with its usage. One that broke becomes a 500, as it does when Ollama itself
 * was asked for the whole.
 */
export function foldEvents(
  route: EventRoute,
  frames: readonly Buffer[],
  request: Document,
): Folded {
  const events = frames.flatMap((frame): RawObject[] => {
    const event = readEvent(frame)
    return event?.members === undefined ? [] : [{ data: event.data, members: event.members }]
  })
  const body = fold(route, events, request)
  if (body !== undefined) return { status: 200, contentType: JSON_TYPE, body: Buffer.from(body) }
  const message = 'the run ended before its answer was complete'
  return { status: 500, contentType: JSON_TYPE, body: shapeError(route, 500, message) }
}

function fold(route: EventRoute, events: RawObject[], request: Document): string | undefined {
  switch (route) {
    case '/v1/chat/completions':
      return foldChatChunks(events)
    case '/v1/completions':
      return foldCompletionChunks(events)
    case '/v1/responses':
      return foldResponseEvents(events, request)
    case '/v1/messages':
      return foldMessageEvents(events)
  }
}
