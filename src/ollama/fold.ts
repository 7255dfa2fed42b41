import { toErrorBody } from '../errors.ts'
import { type Sink, writeBytes, writeText } from './canonical-values.ts'
import type { Span } from './columns.ts'
import { type FrameMembers, readFrame, readInner } from './frame.ts'
import type { Part, Run } from './plain-run.ts'
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
  /** Where the members of the last frame stand in the body, which need not be read for that; where it was made of one. */
  members?(): FrameMembers
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
export function foldSpans(route: NativeRoute, spans: readonly Span[], tools: Tools): Folded {
  const read: Said[] = []
  let end: Said | undefined
  for (const span of spans) {
    const said = Buffer.isBuffer(span) ? readSaid(span) : span
    if (said?.members?.has('error')) return toFailed(said.frame)
    if (said !== undefined) read.push(said)
    else if (!isBlank(span)) return UNREADABLE
    end = said ?? end
  }
  // A run of another route says nothing here, but may be where the answer broke off.
  const last = end?.members === undefined ? readSaid(end?.last()) : end
  if (last === undefined) {
    return { status: 200, contentType: JSON_TYPE, body: Buffer.from(ZERO[route]) }
  }
  const own = read.filter((said) => said.members !== undefined || said.name === TEXT[route])
  const edits = route === '/api/chat' ? foldChat(own, last, tools) : foldGenerate(own, last)
  return new FoldedFrame(last, edits)
}

/** A frame, or the message in it, and where its members stand. */
interface Read {
  readonly frame: Buffer
  readonly members: FrameMembers
}

type Said = Read | Run

/** The last frame, with what all of them said in it. */
class FoldedFrame implements Folded {
  readonly status = 200
  readonly contentType = JSON_TYPE
  readonly body: Buffer
  readonly #members: FrameMembers
  readonly #edits: readonly Edit[]

  constructor({ frame, members }: Read, edits: readonly Edit[]) {
    this.body = applyEdits(frame, edits)
    this.#members = members
    this.#edits = edits
  }

  members(): FrameMembers {
    return moveMembers(this.#members, this.#edits)
  }
}

/** An error is the whole answer, and cannot be read for anything else. */
function toFailed(frame: Buffer): Folded {
  return { status: 500, contentType: JSON_TYPE, body: trimLine(frame) }
}

function isBlank(span: Span): boolean {
  return Buffer.isBuffer(span) && span.toString().trim() === ''
}

/** What the text of a frame is called. */
const TEXT = { '/api/generate': 'response', '/api/chat': 'content' } as const

function readSaid(frame: Buffer | undefined): Read | undefined {
  const members = frame && readFrame(frame)
  return members && { frame, members }
}

/** Bytes to put in the place of others; equal offsets insert. */
interface Edit {
  readonly start: number
  readonly end: number
  readonly bytes: Buffer
}

/** What becomes of the last frame, in the order of its places. */
function foldGenerate(frames: readonly Said[], last: Read): Edit[] {
  return inOrder([
    ...foldText(frames, last, 'response', 'response'),
    ...foldText(frames, last, 'thinking', 'response'),
    ...foldArray(frames, last, 'logprobs', lastName(last.members)),
  ])
}

function foldChat(frames: readonly Said[], last: Read, tools: Tools): Edit[] {
  const messages = frames.flatMap((said): Said[] =>
    said.members === undefined ? [said] : toMessage(said),
  )
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
  return inOrder(edits)
}

function inOrder(edits: readonly Edit[]): Edit[] {
  return edits.toSorted((one, other) => one.start - other.start)
}

function toMessage({ frame, members }: Read): Read[] {
  const message = readInner(frame, members, 'message')
  return message === undefined ? [] : [{ frame, members: message }]
}

function lastName(members: FrameMembers): string {
  return [...members.keys()].at(-1) ?? ''
}

/** Puts the texts of all frames together as the escaped bytes they are; absent everywhere stays absent. */
function foldText(frames: readonly Said[], last: Read, name: string, behind: string): Edit[] {
  const parts = listInside(frames, name, 'string')
  return parts.length === 0 ? [] : place(last, name, behind, join('"', parts, '"'))
}

/** Puts the elements of all frames' arrays together. */
function foldArray(frames: readonly Said[], last: Read, name: string, behind: string): Edit[] {
  const parts = listInside(frames, name, 'array')
  const full = parts.filter(({ start, end }) => end > start)
  const joined = full.flatMap((part, i) => (i === 0 ? [part] : [COMMA_PART, part]))
  return parts.length === 0 ? [] : place(last, name, behind, join('[', joined, ']'))
}

const COMMA_PART: Part = { frame: Buffer.from(','), start: 0, end: 1 }

/** What stands between the quotes or brackets of a member, of all frames that have it. */
function listInside(frames: readonly Said[], name: string, type: Member['type']): Part[] {
  const parts: Part[] = []
  for (const said of frames) {
    const part = said.members === undefined ? said.find(name) : findInside(said, name, type)
    if (part !== undefined) parts.push(part)
  }
  return parts
}

function findInside({ frame, members }: Read, name: string, type: Member['type']) {
  const member = members.get(name)
  return member?.type === type ? { frame, start: member.start + 1, end: member.end - 1 } : undefined
}

function join(open: string, parts: readonly Part[], close: string): Buffer {
  const size = parts.reduce((sum, { start, end }) => sum + end - start, open.length + close.length)
  const sink: Sink = { bytes: Buffer.allocUnsafe(size), at: 0 }
  writeText(sink, open)
  for (const { frame, start, end } of parts) writeBytes(sink, frame, start, end)
  writeText(sink, close)
  return sink.bytes
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
  for (const { start, end, bytes } of edits) {
    parts.push(frame.subarray(from, start), bytes)
    from = end
  }
  parts.push(frame.subarray(from))
  return trimLine(Buffer.concat(parts))
}

/** Where members stand once the edits are done: what is put in behind one is no part of it. */
function moveMembers(members: FrameMembers, edits: readonly Edit[]): FrameMembers {
  const moved = new Map<string, Member>()
  for (const [name, member] of members) {
    let [start, end] = [member.start, member.end]
    for (const edit of edits) {
      if (edit.start >= member.end) break
      const growth = edit.bytes.length - (edit.end - edit.start)
      end += growth
      if (edit.end <= member.start) start += growth
    }
    moved.set(name, { name, type: member.type, start, end })
  }
  return moved
}

/** Whole answers have no line end (corpus 062 against 061). */
function trimLine(bytes: Buffer): Buffer {
  return bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes
}
