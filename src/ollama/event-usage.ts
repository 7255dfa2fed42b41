import { type EventRoute, readEvent, toEventFrame } from './event.ts'
import { CLOSE_ARRAY } from './lexemes.ts'

/**
 * A frame as a client sees it that did not ask for the usage: without it, or undefined where the frame
 * tells of nothing else. Only the two OpenAI routes with `stream_options` make the difference: on
 * `/v1/completions` every chunk has a usage then, of zeros but for the last (middleware/openai.go).
 */
export function hideUsage(route: EventRoute, frame: Buffer): Buffer | undefined {
  if (route !== '/v1/chat/completions' && route !== '/v1/completions') return frame
  const event = readEvent(frame)
  const usage = event?.members?.get('usage')
  if (event?.members === undefined || usage === undefined) return frame
  const choices = event.members.get('choices')
  if (choices?.type === 'array' && event.data[choices.start + 1] === CLOSE_ARRAY) return undefined
  const names = [...event.members.keys()]
  const before = event.members.get(names[names.indexOf('usage') - 1] ?? '')
  if (before === undefined) return frame
  const { data } = event
  const kept = Buffer.concat([data.subarray(0, before.end), data.subarray(usage.end)])
  return toEventFrame(event.name, kept)
}
