import type { Document } from './document.ts'
import { readMembers } from './walk.ts'

/** Whether the client of a stream is told the usage; `invalid` where Ollama answers 400 instead. */
export type UsageWish = 'shown' | 'hidden' | 'invalid'

/** Reads `stream_options.include_usage`, the one member of it that Ollama knows (openai/openai.go StreamOptions). */
export function readUsageWish({ bytes, dialect, members }: Document): UsageWish {
  if (dialect?.fields.get('stream_options')?.part !== 'inert') return 'hidden'
  const options = members.get('stream_options')
  if (options === undefined || options.type === 'null') return 'hidden'
  if (options.type !== 'object') return 'invalid'
  const wish = readMembers(bytes, options.start).get('include_usage')?.type ?? 'null'
  if (wish === 'true') return 'shown'
  return wish === 'false' || wish === 'null' ? 'hidden' : 'invalid'
}
