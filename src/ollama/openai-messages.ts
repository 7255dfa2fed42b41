import type { Document } from './document.ts'
import { toGoString } from './go-json.ts'
import { OPEN_OBJECT } from './lexemes.ts'
import { readGoText, toNativeCalls } from './openai-calls.ts'
import { markPicture, readBase64, readImageUrl } from './openai-images.ts'
import { listObjects, type RawObject, readObject, writeObject } from './raw-members.ts'
import { listElements, readMembers } from './walk.ts'

/**
 * The messages of a chat as native ones (openai/openai.go FromChatRequest): each part of a content
 * becomes a message of its own, arguments of calls become objects, and a tool's answer is given the
 * name of the call it answers. Large pictures are marks, for `fillMarks`. Undefined where Ollama answers 400.
 */
export function toNativeMessages(document: Document): string[] | undefined {
  const list = document.members.get('messages')
  if (list?.type !== 'array') return undefined
  const messages: RawObject[] = []
  for (const start of listElements(document.bytes, list.start)) {
    // Go reads `null` as a message without anything, which has no content and is refused.
    if (document.bytes[start] !== OPEN_OBJECT) return undefined
    messages.push({ data: document.bytes, members: readMembers(document.bytes, start) })
  }
  const native: string[] = []
  for (const message of messages) {
    const made = toNativeMessage(message, messages)
    if (made === undefined) return undefined
    native.push(...made)
  }
  return native
}

/** What of a message every kind of content has beside it. */
interface Head {
  readonly role: string
  readonly thinking: string
  readonly calls: readonly string[]
  readonly toolName: string
  readonly callId: string
}

function toNativeMessage(message: RawObject, all: readonly RawObject[]): string[] | undefined {
  const head = readHead(message, all)
  const content = message.members.get('content')
  if (head === undefined) return undefined
  if (content?.type === 'string') return [write(head, readGoText(message, 'content') ?? '')]
  if (content?.type === 'array') return writeParts(message, content.start, head)
  // Content may be missing, or of any type, where there are calls, and then the name is not looked up.
  const hasCalls = message.members.get('tool_calls')?.type === 'array'
  return hasCalls ? [write({ ...head, toolName: '' }, '')] : undefined
}

function readHead(message: RawObject, all: readonly RawObject[]): Head | undefined {
  const role = readGoText(message, 'role')
  const thinking = readGoText(message, 'reasoning')
  const name = readGoText(message, 'name')
  const callId = readGoText(message, 'tool_call_id')
  const calls = toNativeCalls(message)
  if (role === undefined || thinking === undefined || name === undefined) return undefined
  if (callId === undefined || calls === undefined) return undefined
  const isTool = role.toLowerCase() === 'tool'
  const toolName = isTool ? name || findCalled(all, callId) : ''
  return { role, thinking, calls, toolName, callId }
}

/** The name of the last call with an id, by which a tool's answer names its tool. */
function findCalled(all: readonly RawObject[], id: string): string {
  if (id === '') return ''
  for (const message of all.toReversed()) {
    for (const call of listObjects(message, 'tool_calls')) {
      const asked = readObject(call, 'function')
      if (readGoText(call, 'id') === id) return (asked && readGoText(asked, 'name')) ?? ''
    }
  }
  return ''
}

function write(head: Head, content: string, image?: string): string {
  const { role, thinking, calls, toolName, callId } = head
  return writeObject([
    ['role', toGoString(role)],
    ['content', toGoString(content)],
    ['thinking', thinking === '' ? undefined : toGoString(thinking)],
    ['images', image === undefined ? undefined : `["${image}"]`],
    ['tool_calls', calls.length === 0 ? undefined : `[${calls.join(',')}]`],
    ['tool_name', toolName === '' ? undefined : toGoString(toolName)],
    ['tool_call_id', callId === '' ? undefined : toGoString(callId)],
  ])
}

/** Only the last part has what stands beside the content, and only where there are calls. */
function writeParts(message: RawObject, start: number, head: Head): string[] | undefined {
  const bare: Head = { role: head.role, thinking: '', calls: [], toolName: '', callId: '' }
  const starts = [...listElements(message.data, start)]
  // Ollama would put these calls on the message before.
  if (starts.length === 0 && head.calls.length > 0) return undefined
  const parts: string[] = []
  for (const [index, at] of starts.entries()) {
    const isLast = index === starts.length - 1
    const part = readPart(message.data, at)
    if (part === undefined) return undefined
    parts.push(write(isLast && head.calls.length > 0 ? head : bare, part.text, part.image))
  }
  return parts
}

interface Part {
  readonly text: string
  readonly image?: string
}

function readPart(data: Buffer, start: number): Part | undefined {
  if (data[start] !== OPEN_OBJECT) return undefined
  const part: RawObject = { data, members: readMembers(data, start) }
  switch (readStrict(part, 'type')) {
    case 'text': {
      const text = readStrict(part, 'text')
      return text === undefined ? undefined : { text }
    }
    case 'image_url': {
      const inner = readObject(part, 'image_url')
      return toImagePart(inner ? readPicture(inner, 'url') : readPicture(part, 'image_url'))
    }
    case 'input_audio': {
      const inner = readObject(part, 'input_audio')
      const audio = inner && readStrict(inner, 'data')
      return toImagePart(audio === undefined ? undefined : readBase64(audio))
    }
    default:
      return undefined
  }
}

function readPicture(object: RawObject, name: string): string | undefined {
  const member = object.members.get(name)
  if (member?.type !== 'string') return undefined
  const url = () => readStrict(object, name) ?? ''
  return markPicture(object.data, member.start, member.end) ?? readImageUrl(url())
}

/** A member that must be a text. */
function readStrict(object: RawObject, name: string): string | undefined {
  return object.members.get(name)?.type === 'string' ? readGoText(object, name) : undefined
}

function toImagePart(image: string | undefined): Part | undefined {
  return image === undefined ? undefined : { text: '', image }
}
