import type { Document } from './document.ts'
import { BACKSLASH, OPEN_OBJECT, QUOTE } from './lexemes.ts'
import { listElements, type Member, readMembers, skipString } from './walk.ts'

/** A picture in a request: the offsets of its quotes, the second one excluded. */
export interface Picture {
  readonly start: number
  readonly end: number
}

/**
 * The pictures in a member's value whose base64 holds escapes, in their order: those of `images`, and of
 * the messages of a chat. Go's decoder reads over line breaks in it (api/types.go ImageData, []byte), so
 * that the same picture may be written in lines or in one.
 */
export function listEscapedPictures(document: Document, member: Member): Picture[] {
  const { bytes, dialect } = document
  if (member.type !== 'array') return []
  if (member.name === 'images') return listIn(bytes, member)
  const isOfMessages = dialect?.shape.inside.get(member.name)?.fields.has('images')
  if (!isOfMessages) return []
  return [...listElements(bytes, member.start)].flatMap((start) => {
    const images =
      bytes[start] === OPEN_OBJECT ? readMembers(bytes, start).get('images') : undefined
    return images?.type === 'array' ? listIn(bytes, images) : []
  })
}

function listIn(bytes: Buffer, list: Member): Picture[] {
  return [...listElements(bytes, list.start)].flatMap((start) => {
    if (bytes[start] !== QUOTE) return []
    const end = skipString(bytes, start)
    return bytes.subarray(start, end).includes(BACKSLASH) ? [{ start, end }] : []
  })
}

/** Where the base64 of a picture is copied to. */
export interface Copy {
  readonly bytes: Buffer
  at: number
}

/**
 * Copies a picture, its quotes included, without its line breaks and with every other escape in its shortest
 * spelling, in steps of some `stepBytes`. Four bytes at a time: 20 MB in lines of 76 characters take 14 ms,
 * and 55 ms byte by byte.
 */
export function* copyPicture(
  bytes: Buffer,
  { start, end }: Picture,
  copy: Copy,
  stepBytes: number,
): Generator<undefined, void> {
  const from = toView(bytes)
  const to = toView(copy.bytes)
  const last = end - 1
  copy.bytes[copy.at++] = QUOTE
  let at = start + 1
  let due = at + stepBytes
  while (at < last) {
    if (at >= due) {
      yield
      due = at + stepBytes
    }
    at = copyWords(from, to, { copy, at, last: Math.min(last, due) })
    if (bytes[at] === BACKSLASH) at = copyEscape(bytes, at, copy)
    else if (at < last) copy.bytes[copy.at++] = bytes[at++] as number
  }
  copy.bytes[copy.at++] = QUOTE
}

const toView = (bytes: Buffer) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/** Copies words of four bytes in which no byte is a backslash; the offset behind them. */
function copyWords(
  from: DataView,
  target: DataView,
  { copy, at, last }: { copy: Copy; at: number; last: number },
): number {
  let read = at
  let written = copy.at
  for (; read + 4 <= last; read += 4, written += 4) {
    const word = from.getInt32(read, true)
    const marks = word ^ 0x5c5c5c5c
    if (((marks - 0x01010101) & ~marks & 0x80808080) !== 0) break
    target.setInt32(written, word, true)
  }
  copy.at = written
  return read
}

/** The offset behind an escape. */
function copyEscape(bytes: Buffer, at: number, copy: Copy): number {
  const next = bytes[at + 1]
  if (next === LOWER_N || next === LOWER_R) return at + 2
  if (next === SLASH) {
    // One of 64 characters of base64, for writers that escape it.
    copy.bytes[copy.at++] = SLASH
    return at + 2
  }
  const end = at + (next === LOWER_U ? 6 : 2)
  copy.at += copy.bytes.write(respell(bytes.toString('latin1', at, end)), copy.at)
  return end
}

const SLASH = 0x2f
const LOWER_N = 0x6e
const LOWER_R = 0x72
const LOWER_U = 0x75

/** An escape in its shortest spelling; nothing where it is a line break. */
function respell(lexeme: string): string {
  const text = JSON.parse(`"${lexeme}"`) as string
  return text === '\n' || text === '\r' ? '' : JSON.stringify(text).slice(1, -1)
}
