import { type Document, readLexeme } from './document.ts'
import { OPEN_OBJECT } from './lexemes.ts'
import { decodeString, listElements, readMembers } from './walk.ts'

/**
 * Whether a request lets the origin itself search the web: a tool of a type that begins with
 * `web_search` on `/v1/responses` and `/v1/messages` (hasWebSearchTool of middleware/anthropic.go).
 * Elsewhere such a tool is one of the client's own.
 */
export function searchesWeb(document: Document): boolean {
  const { bytes, dialect, members } = document
  const tools = members.get('tools')
  const isServed = dialect?.fields.get('tools')?.bypass.includes('web-search')
  // Nearly every list of tools is ruled out by this one search of its bytes.
  if (!isServed || tools?.type !== 'array' || !mayNameIt(readLexeme(document, tools))) return false
  for (const start of listElements(bytes, tools.start)) {
    const type = bytes[start] === OPEN_OBJECT ? readMembers(bytes, start).get('type') : undefined
    if (type?.type !== 'string') continue
    if (decodeString(bytes, type.start, type.end).startsWith('web_search')) return true
  }
  return false
}

/** An escape could spell the name in another way. */
function mayNameIt(json: string): boolean {
  return json.includes('web_search') || json.includes('\\u')
}
