import type { Document } from './document.ts'
import { OPEN_OBJECT } from './lexemes.ts'
import { isEmpty } from './purpose.ts'
import { decodeString, listElements, type Member, readMembers } from './walk.ts'

type Members = ReadonlyMap<string, Member>

/** The types of content parts that are pictures: OpenAI's chat and responses, Anthropic's messages. */
const PICTURES: ReadonlySet<string> = new Set(['image_url', 'input_image', 'image'])

/** Whether a request shows the model a picture: `images`, its own or a message's, or a part of a content. */
export function showsImages(document: Document): boolean {
  const { members, dialect } = document
  if (hasImages(document, members)) return true
  const list = members.get(dialect?.question ?? 'messages')
  if (list?.type !== 'array') return false
  for (const message of listObjects(document, list)) {
    if (hasImages(document, message) || hasPictures(document, message)) return true
  }
  return false
}

function hasImages(document: Document, members: Members): boolean {
  const images = members.get('images')
  return images?.type === 'array' && !isEmpty(document, images)
}

function hasPictures(document: Document, message: Members): boolean {
  const content = message.get('content')
  if (content?.type !== 'array') return false
  for (const part of listObjects(document, content)) {
    const type = part.get('type')
    if (type?.type !== 'string') continue
    if (PICTURES.has(decodeString(document.bytes, type.start, type.end))) return true
  }
  return false
}

function* listObjects({ bytes }: Document, list: Member): Generator<Members> {
  for (const start of listElements(bytes, list.start)) {
    if (bytes[start] === OPEN_OBJECT) yield readMembers(bytes, start)
  }
}
