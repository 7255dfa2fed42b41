import { type Document, type Edit, spliceDocument } from './document.ts'
import type { Member } from './walk.ts'

/** A member to be put into an object, or to be given another value. */
export interface Addition {
  readonly name: string
  /** The value as JSON. */
  readonly json: string
}

/** An object in the bytes of a document. */
interface Place {
  /** Offset of the opening brace. */
  readonly start: number
  readonly members: ReadonlyMap<string, Member>
}

/**
 * The document with members set in `options` and at the top level, and every other byte as it was.
 * New members stand first in their object; `options` is made where it is absent or `null`.
 */
export function setMembers(
  document: Document,
  inOptions: readonly Addition[],
  atTop: readonly Addition[],
): Document {
  const held = document.members.get('options')
  if (document.options === undefined || held === undefined) {
    const made = inOptions.length > 0 ? [{ name: 'options', json: `{${spell(inOptions)}}` }] : []
    return spliceDocument(document, toEdits(document, [...made, ...atTop]))
  }
  const options = { start: held.start, members: document.options }
  return spliceDocument(document, [...toEdits(options, inOptions), ...toEdits(document, atTop)])
}

function toEdits({ start, members }: Place, additions: readonly Addition[]): Edit[] {
  const edits: Edit[] = []
  const missing: Addition[] = []
  for (const addition of additions) {
    const sent = members.get(addition.name)
    if (sent === undefined) missing.push(addition)
    else edits.push({ start: sent.start, end: sent.end, text: addition.json })
  }
  if (missing.length === 0) return edits
  const text = `${spell(missing)}${members.size > 0 ? ',' : ''}`
  return [{ start: start + 1, end: start + 1, text }, ...edits]
}

function spell(additions: readonly Addition[]): string {
  return additions.map(({ name, json }) => `${JSON.stringify(name)}:${json}`).join(',')
}
