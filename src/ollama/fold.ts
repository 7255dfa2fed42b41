import { toErrorBody } from '../errors.ts'
import { type FrameMembers, readFrame, readInner } from './frame.ts'
import type { Member } from './walk.ts'

/** The routes whose streams can be folded. */
export type NativeRoute = '/api/generate' | '/api/chat'

/** Whether the request offered tools: only then are the calls of all frames put together. */
export type Tools = 'tools' | 'no-tools'

/** A whole answer. */
export interface Folded {
  readonly status: number
  readonly contentType: string
  readonly body: Buffer
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** A line that cannot be read leaves a hole in the text: nobody should take the rest for an answer. */
const UNREADABLE: Folded = {
  status: 502,
  contentType: JSON_TYPE,
  body: toErrorBody('the answer of Ollama holds a line that is not JSON'),
}

/** What Ollama answers when a run ended without a word (ollama-wire §1.8): the zero value of its Go type. */
const ZERO: Readonly<Record<NativeRoute, string>> = {
  '/api/generate': '{"model":"","created_at":"0001-01-01T00:00:00Z","response":"","done":false}',
  '/api/chat':
    '{"model":"","created_at":"0001-01-01T00:00:00Z","message":{"role":"","content":""},"done":false}',
}

/**
 * A stream as the whole answer Ollama would have given: the last frame, with the texts, the thinking,
 * the log probabilities and the tool calls of all frames put together (24 of the 25 recorded pairs are
 * equal, the other but for a random id). An error frame becomes its status.
 */
export function foldFrames(route: NativeRoute, frames: readonly Buffer[], tools: Tools): Folded {
  const read: Read[] = []
  for (const frame of frames) {
    const members = readFrame(frame)
    if (members?.has('error')) return { status: 500, contentType: JSON_TYPE, body: trimLine(frame) }
    if (members !== undefined) read.push({ frame, members })
    else if (frame.toString().trim() !== '') return UNREADABLE
  }
  const last = read.at(-1)
  if (last === undefined) {
    return { status: 200, contentType: JSON_TYPE, body: Buffer.from(ZERO[route]) }
  }
  const body = route === '/api/chat' ? foldChat(read, last, tools) : foldGenerate(read, last)
  return { status: 200, contentType: JSON_TYPE, body }
}

interface Read {
  readonly frame: Buffer
  readonly members: FrameMembers
}

/** Bytes to put in the place of others; equal offsets insert. */
interface Edit {
  readonly start: number
  readonly end: number
  readonly bytes: Buffer
}

function foldGenerate(frames: readonly Read[], last: Read): Buffer {
  const edits = [
    ...foldText(frames, last, 'response', 'response'),
    ...foldText(frames, last, 'thinking', 'response'),
    ...foldArray(frames, last, 'logprobs', lastName(last.members)),
  ]
  return applyEdits(last.frame, edits)
}

function foldChat(frames: readonly Read[], last: Read, tools: Tools): Buffer {
  const messages = frames.flatMap(toMessage)
  const [message] = toMessage(last)
  // A run that ended without a word has no reason, and Go leaves out what is empty.
  const end = last.members.has('done_reason') ? 'done_reason' : 'done'
  const edits = foldArray(frames, last, 'logprobs', end)
  if (message !== undefined) {
    edits.push(...foldText(messages, message, 'content', 'content'))
    edits.push(...foldText(messages, message, 'thinking', 'content'))
    if (tools === 'tools')
      edits.push(...foldArray(messages, message, 'tool_calls', lastName(message.members)))
  }
  return applyEdits(last.frame, edits)
}

function toMessage({ frame, members }: Read): Read[] {
  const message = readInner(frame, members, 'message')
  return message === undefined ? [] : [{ frame, members: message }]
}

function lastName(members: FrameMembers): string {
  return [...members.keys()].at(-1) ?? ''
}

/** Puts the texts of all frames together as the escaped bytes they are; absent everywhere stays absent. */
function foldText(frames: readonly Read[], last: Read, name: string, behind: string): Edit[] {
  const parts = frames.flatMap(({ frame, members }) => inside(frame, members.get(name), 'string'))
  const text = Buffer.concat([Buffer.from('"'), ...parts, Buffer.from('"')])
  return parts.length === 0 ? [] : place(last, name, behind, text)
}

/** Puts the elements of all frames' arrays together. */
function foldArray(frames: readonly Read[], last: Read, name: string, behind: string): Edit[] {
  const parts = frames.flatMap(({ frame, members }) => inside(frame, members.get(name), 'array'))
  const full = parts.filter((part) => part.length > 0)
  const joined = full.flatMap((part, i) => (i === 0 ? [part] : [Buffer.from(','), part]))
  const array = Buffer.concat([Buffer.from('['), ...joined, Buffer.from(']')])
  return parts.length === 0 ? [] : place(last, name, behind, array)
}

/** The bytes between the quotes or brackets of a member. */
function inside(frame: Buffer, member: Member | undefined, type: Member['type']): Buffer[] {
  return member?.type === type ? [frame.subarray(member.start + 1, member.end - 1)] : []
}

/** In the place of the member, or, where the last frame lacks it, behind the one it follows in Ollama's order. */
function place(last: Read, name: string, behind: string, bytes: Buffer): Edit[] {
  const member = last.members.get(name)
  if (member !== undefined) return [{ start: member.start, end: member.end, bytes }]
  const before = last.members.get(behind)
  if (before === undefined) return []
  const added = Buffer.concat([Buffer.from(`,"${name}":`), bytes])
  return [{ start: before.end, end: before.end, bytes: added }]
}

function applyEdits(frame: Buffer, edits: readonly Edit[]): Buffer {
  const parts: Buffer[] = []
  let from = 0
  for (const { start, end, bytes } of edits.toSorted((one, other) => one.start - other.start)) {
    parts.push(frame.subarray(from, start), bytes)
    from = end
  }
  parts.push(frame.subarray(from))
  return trimLine(Buffer.concat(parts))
}

/** Whole answers have no line end (corpus 062 against 061). */
function trimLine(bytes: Buffer): Buffer {
  return bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes
}
