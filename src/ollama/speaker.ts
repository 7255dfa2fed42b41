import { type EventValues, prepareEvents, renderEvents } from './event-template.ts'
import { hideUsage } from './event-usage.ts'
import { createChatChunks, createCompletionChunks } from './openai-chunks.ts'
import type { ChunkWriter } from './openai-values.ts'
import type { Speech } from './speech.ts'

/** Puts the frames of a run, one by one and in order, into what one client gets; undefined where it gets nothing of it. */
export interface Speaker {
  /** Whether the frames are native ones, and the client is answered in another dialect. */
  readonly isTranslating: boolean
  speak(frame: Buffer): Buffer | undefined
}

/**
 * The speaker of one client. `leader`: its own request was sent, so that ids and names are already its own;
 * `follower`: it rides along, and gets ids of its own.
 */
export function createSpeaker(
  speech: Speech,
  role: 'leader' | 'follower',
  values: EventValues,
): Speaker {
  const { route, usage } = speech
  if (speech.form !== undefined) {
    const write = createTranslator(speech, values)
    return { isTranslating: true, speak: (frame) => toSome(write(frame)) }
  }
  if (role === 'leader') {
    const speak = (frame: Buffer) => (usage === 'shown' ? frame : hideUsage(route, frame))
    return { isTranslating: false, speak }
  }
  const speak = (frame: Buffer) =>
    toSome(Buffer.concat(renderEvents(prepareEvents(route, [frame], usage), values)))
  return { isTranslating: false, speak }
}

/** Writes native frames as chunks of the client's route, as Ollama's own middleware does. */
export function createTranslator(speech: Speech, values: EventValues): ChunkWriter {
  const isChat = speech.route === '/v1/chat/completions'
  const { model, createdSeconds, mintId } = values
  const own = {
    id: mintId(isChat ? 'chatcmpl-0' : 'cmpl-0'),
    model,
    createdSeconds,
    form: speech.form ?? 'newer',
  }
  return isChat ? createChatChunks(own, speech.usage) : createCompletionChunks(own, speech.usage)
}

function toSome(bytes: Buffer): Buffer | undefined {
  return bytes.length === 0 ? undefined : bytes
}
