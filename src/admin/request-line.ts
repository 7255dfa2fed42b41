import { RepriseError } from '../errors.ts'
import { skipSpace } from '../ollama/lexemes.ts'
import { decodeString, type Member, readMembers } from '../ollama/walk.ts'

/** A request as files hold it: `{"path": "/api/chat", "body": {…}}`. */
export interface WrittenRequest {
  /** With its query, where it has one. */
  readonly path: string
  /** The bytes of the body as they stand in the file: spelling and order decide what they mean. */
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Reads one. `body` is a JSON value, or a string that holds the text of a body that is none; `headers`,
 * an object of texts, may be left out. Throws `bad-request` with what is wrong.
 */
export function readWrittenRequest(bytes: Buffer): WrittenRequest {
  const members = readTop(bytes)
  const path = members.get('path')
  const body = members.get('body')
  if (path?.type !== 'string' || body === undefined) throw toFault('"path" and "body" are wanted')
  const text = decodeString(bytes, path.start, path.end)
  // Nothing that could end the request line, or lead to another server.
  if (!/^\/[\x21-\x7e]*$/.test(text)) throw toFault('"path" is no path, as "/api/chat"')
  return { path: text, body: toBytes(bytes, body), headers: readHeaders(bytes, members) }
}

function readTop(bytes: Buffer): ReadonlyMap<string, Member> {
  const text = bytes.toString()
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw toFault(String(error), error)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw toFault('it is no JSON object')
  }
  return readMembers(bytes, skipSpace(bytes, 0))
}

function toBytes(bytes: Buffer, { type, start, end }: Member): Buffer {
  return type === 'string'
    ? Buffer.from(decodeString(bytes, start, end))
    : bytes.subarray(start, end)
}

function readHeaders(
  bytes: Buffer,
  members: ReadonlyMap<string, Member>,
): Readonly<Record<string, string>> {
  const member = members.get('headers')
  if (member === undefined) return {}
  const headers: unknown = JSON.parse(bytes.toString('utf8', member.start, member.end))
  if (!isTexts(headers)) throw toFault('"headers" is no object of texts')
  const pairs = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
  return Object.fromEntries(pairs) as Record<string, string>
}

function isTexts(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(value).every(
    ([name, text]) => /^[\w-]+$/.test(name) && typeof text === 'string' && !/[\r\n\0]/.test(text),
  )
}

function toFault(what: string, cause?: unknown): RepriseError {
  return new RepriseError('bad-request', `no request like {"path": …, "body": …}: ${what}`, cause)
}
