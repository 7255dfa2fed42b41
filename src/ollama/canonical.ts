import { copyPicture, listEscapedPictures } from './canonical-images.ts'
import type { Document } from './document.ts'
import { FLOAT_OPTIONS } from './fields.ts'
import { isSpace, QUOTE, skipSpace } from './lexemes.ts'
import { decodeString, hasEscape, type Member, skipString } from './walk.ts'

/** Room for floats whose canonical spelling is longer than the sent one: seven of them, 25 bytes at most. */
const FLOAT_SLACK_BYTES = FLOAT_OPTIONS.size * 25

/** No value that counts as absent is longer than this in its canonical spelling. */
const MAX_EMPTY_BYTES = 5

const NONE: ReadonlySet<string> = new Set()

/** Bytes written so far. */
interface Sink {
  readonly bytes: Buffer
  at: number
}

/**
 * The canonical form of a request: what Ollama would decode to equal requests is equal here, as far
 * as clients make use of it, and nothing else is (reuse.md, The key). White space and the spelling of
 * text are unified; members are sorted at the top level and in `options`, where Go is order-blind;
 * inert fields, the model's name and the listed empties are left out; known floats go by value, every
 * other number by its spelling; pictures by their base64 without line breaks. Made from the document as it is sent, after injection. Names in
 * `leftOut` are top-level members that the caller puts into the key by itself.
 */
export function canonicalize(document: Document, leftOut: ReadonlySet<string> = NONE): Buffer {
  // Everything but floats is written at most as long as it was sent.
  const sink: Sink = {
    bytes: Buffer.allocUnsafe(document.bytes.length + FLOAT_SLACK_BYTES),
    at: 0,
  }
  writeMembers(
    sink,
    document.members,
    (member) => !leftOut.has(member.name) && writeField(sink, document, member),
  )
  return sink.bytes.subarray(0, sink.at)
}

/** Writes an object with its members sorted by name; `write` says whether the value is kept. */
function writeMembers(
  sink: Sink,
  members: ReadonlyMap<string, Member>,
  write: (member: Member) => boolean,
): void {
  writeText(sink, '{')
  const start = sink.at
  for (const [name, member] of [...members].sort(compareNames)) {
    const before = sink.at
    writeText(sink, `${before === start ? '' : ','}${JSON.stringify(name)}:`)
    if (!write(member)) sink.at = before
  }
  writeText(sink, '}')
}

/** Names in the order of their UTF-16 units: any order will do that does not depend on the place. */
function compareNames([one]: [string, Member], [other]: [string, Member]): number {
  return one < other ? -1 : 1
}

function writeField(sink: Sink, document: Document, member: Member): boolean {
  const field = document.dialect?.fields.get(member.name)
  if (field?.part === 'inert' || field?.part === 'model') return false
  const start = sink.at
  const { bytes, options } = document
  if (member.name === 'options' && options !== undefined) {
    writeMembers(sink, options, (option) => writeOption(sink, bytes, option))
  } else if (field?.part === 'keyed') writeKeyed(sink, document, member)
  else writeValue(sink, bytes, member)
  return field === undefined || !field.empty.includes(readStart(sink, start))
}

/** Pictures are the same in lines and in one; everything else goes by its spelling. */
function writeKeyed(sink: Sink, document: Document, member: Member): void {
  const { bytes } = document
  const pictures = listEscapedPictures(document, member)
  if (pictures.length === 0) {
    writeOption(sink, bytes, member)
    return
  }
  let at = member.start
  for (const picture of pictures) {
    writeValue(sink, bytes, { start: at, end: picture.start })
    copyPicture(bytes, picture, sink)
    at = picture.end
  }
  writeValue(sink, bytes, { start: at, end: member.end })
}

function readStart(sink: Sink, start: number): string {
  const isLong = sink.at - start > MAX_EMPTY_BYTES
  return isLong ? '' : sink.bytes.toString('latin1', start, sink.at)
}

function writeOption(sink: Sink, bytes: Buffer, option: Member): boolean {
  if (option.type === 'number' && FLOAT_OPTIONS.has(option.name)) {
    writeText(sink, spellFloat(bytes.toString('latin1', option.start, option.end)))
  } else writeValue(sink, bytes, option)
  return true
}

/** One spelling for all that decode to the same double; `-0` apart, and what overflows as it was sent. */
function spellFloat(lexeme: string): string {
  const value = Number(lexeme)
  if (!Number.isFinite(value)) return lexeme
  return Object.is(value, -0) ? '-0' : String(value)
}

/** Copies a value without its insignificant white space, with every text in its shortest spelling. */
function writeValue(sink: Sink, bytes: Buffer, member: Pick<Member, 'start' | 'end'>): void {
  let run = member.start
  let at = member.start
  while (at < member.end) {
    const end = endOfPiece(bytes, at)
    const spelling = respell(bytes, at, end)
    if (spelling !== undefined) {
      writeBytes(sink, bytes, run, at)
      writeText(sink, spelling)
      run = end
    }
    at = end
  }
  writeBytes(sink, bytes, run, member.end)
}

function endOfPiece(bytes: Buffer, at: number): number {
  if (bytes[at] === QUOTE) return skipString(bytes, at)
  return isSpace(bytes[at]) ? skipSpace(bytes, at) : at + 1
}

/** What stands for a piece in the canonical form; undefined where it stands for itself. */
function respell(bytes: Buffer, at: number, end: number): string | undefined {
  const first = bytes[at]
  if (isSpace(first)) return ''
  if (first !== QUOTE || !hasEscape(bytes, at, end)) return undefined
  return JSON.stringify(decodeString(bytes, at, end))
}

/** Up to here a loop is faster than a native copy; indented bodies are made of such runs. */
const SHORT_RUN_BYTES = 32

function writeBytes(sink: Sink, bytes: Buffer, start: number, end: number): void {
  if (end - start > SHORT_RUN_BYTES) sink.at += bytes.copy(sink.bytes, sink.at, start, end)
  else for (let at = start; at < end; at++) sink.bytes[sink.at++] = bytes[at] as number
}

function writeText(sink: Sink, text: string): void {
  if (text !== '') sink.at += sink.bytes.write(text, sink.at)
}
