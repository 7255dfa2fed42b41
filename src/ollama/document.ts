import type { Endpoint } from './endpoints.ts'
import { type Dialect, dialectOf } from './fields.ts'
import { skipSpace } from './lexemes.ts'
import { isUnambiguous } from './tokenizer.ts'
import { decodeString, type Member, readMembers } from './walk.ts'

/** The JSON object of a request body, as places in its bytes: nothing of it is built before it is asked for. */
export interface Document {
  readonly bytes: Buffer
  /** Offset of the opening brace. */
  readonly start: number
  /** The members of the object, by decoded name, in their order. */
  readonly members: ReadonlyMap<string, Member>
  /** The members of `options`; undefined where it is absent or not an object. */
  readonly options: ReadonlyMap<string, Member> | undefined
  /** The language of the route it was sent to; undefined where Reprise does not read it. */
  readonly dialect: Dialect | undefined
}

/** Bytes to be put in the place of others; equal offsets insert. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The body as a document; undefined where it is no JSON object, or one that Ollama might read differently. */
export function readDocument(bytes: Buffer, endpoint: Endpoint): Document | undefined {
  const dialect = dialectOf(endpoint)
  return isUnambiguous(bytes, dialect?.shape) ? indexDocument(bytes, dialect) : undefined
}

function indexDocument(bytes: Buffer, dialect: Dialect | undefined): Document {
  const start = skipSpace(bytes, 0)
  const members = readMembers(bytes, start)
  const options = members.get('options')
  const isObject = options?.type === 'object'
  return {
    bytes,
    start,
    members,
    options: isObject ? readMembers(bytes, options.start) : undefined,
    dialect,
  }
}

/** The decoded text of a member of the document; undefined where it is absent or no string. */
export function readString(document: Document, name: string): string | undefined {
  const member = document.members.get(name)
  if (member?.type !== 'string') return undefined
  return decodeString(document.bytes, member.start, member.end)
}

/** The bytes of a member's value as they were sent. */
export function readLexeme(document: Document, member: Member): string {
  return document.bytes.toString('utf8', member.start, member.end)
}

/** The document with the edits made, and every other byte as it was. The edits do not overlap. */
export function spliceDocument(document: Document, edits: readonly Edit[]): Document {
  if (edits.length === 0) return document
  const { bytes, dialect } = document
  const pieces: Buffer[] = []
  let at = 0
  for (const edit of edits.toSorted((one, other) => one.start - other.start)) {
    pieces.push(bytes.subarray(at, edit.start), Buffer.from(edit.text))
    at = edit.end
  }
  pieces.push(bytes.subarray(at))
  return indexDocument(Buffer.concat(pieces), dialect)
}

/** The document with `stream: false` made true, so that Ollama streams: its default is true. */
export function replaceStream(document: Document): Document {
  const stream = document.members.get('stream')
  if (stream?.type !== 'false') return document
  return spliceDocument(document, [{ start: stream.start, end: stream.end, text: 'true' }])
}
