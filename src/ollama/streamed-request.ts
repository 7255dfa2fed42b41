import type { Document } from './document.ts'
import { type Addition, setMembers } from './members.ts'

/**
 * The request of a compatible route as it is sent where the answer may be kept: always streamed, and
 * with the usage told, since a whole answer can be made of such a stream but no stream of a whole.
 */
export function toStreamedRequest(document: Document): Document {
  const additions: Addition[] = []
  if (document.members.get('stream')?.type !== 'true') {
    additions.push({ name: 'stream', json: 'true' })
  }
  if (document.dialect?.fields.has('stream_options')) {
    additions.push({ name: 'stream_options', json: '{"include_usage":true}' })
  }
  return setMembers(document, [], additions)
}
