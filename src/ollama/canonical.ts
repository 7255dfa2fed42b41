import { copyPicture, listEscapedPictures, type Picture } from './canonical-images.ts'
import { type Sink, writeText, writeValue, writeValueInSteps } from './canonical-values.ts'
import type { Document } from './document.ts'
import { FLOAT_OPTIONS } from './fields.ts'
import { OPEN_OBJECT } from './lexemes.ts'
import type { Member } from './walk.ts'

/** Room for floats whose canonical spelling is longer than the sent one: seven of them, 25 bytes at most. */
const FLOAT_SLACK_BYTES = FLOAT_OPTIONS.size * 25

/** No value that counts as absent is longer than this in its canonical spelling. */
const MAX_EMPTY_BYTES = 5

const NONE: ReadonlySet<string> = new Set()

/** How much is written in one step: 5 ms where every character is an escape. */
const STEP_BYTES = 512 * 1024

/**
 * The canonical form of a request: what Ollama would decode to equal requests is equal here, as far
 * as clients make use of it, and nothing else is (reuse.md, The key). White space and the spelling of
 * text are unified; members are sorted at the top level and in `options`, where Go is order-blind;
 * inert fields, the model's name and the listed empties are left out; known floats go by value, every
 * other number by its spelling; pictures by their base64 without line breaks. Made from the document as it is sent, after injection. Names in
 * `leftOut` are top-level members that the caller puts into the key by itself.
 */
export function canonicalize(document: Document, leftOut: ReadonlySet<string> = NONE): Buffer {
  // A step without a limit is the only one.
  const { value } = canonicalizeInSteps(document, leftOut, Number.POSITIVE_INFINITY).next()
  return value ?? NOTHING
}

const NOTHING = Buffer.alloc(0)

/** The same, made in steps: for bodies of many megabytes, among which others have their turn. */
export function* canonicalizeInSteps(
  document: Document,
  leftOut: ReadonlySet<string> = NONE,
  stepBytes: number = STEP_BYTES,
): Generator<undefined, Buffer> {
  const sink: Sink = { bytes: Buffer.allocUnsafe(toRoom(document, leftOut)), at: 0 }
  writeText(sink, '{')
  for (const member of sortMembers(document.members)) {
    const { name } = member
    if (leftOut.has(name)) continue
    const before = sink.at
    writeName(sink, name)
    const isLong = member.end - member.start > stepBytes
    const isKept = isLong
      ? yield* writeFieldInSteps(sink, document, member, stepBytes)
      : writeField(sink, document, member)
    if (!isKept) sink.at = before
  }
  writeText(sink, '}')
  return sink.bytes.subarray(0, sink.at)
}

/** Everything but floats is written at most as long as it was sent. */
function toRoom({ bytes, members }: Document, leftOut: ReadonlySet<string>): number {
  let room = bytes.length + FLOAT_SLACK_BYTES
  for (const name of leftOut) {
    const member = members.get(name)
    if (member !== undefined) room -= member.end - member.start
  }
  return room
}

/** Writes an object with its members sorted by name; `write` says whether the value is kept. */
function writeMembers(
  sink: Sink,
  members: ReadonlyMap<string, Member>,
  write: (member: Member) => boolean,
): void {
  writeText(sink, '{')
  for (const member of sortMembers(members)) {
    const before = sink.at
    writeName(sink, member.name)
    if (!write(member)) sink.at = before
  }
  writeText(sink, '}')
}

/** With a comma, but behind the brace that opens the object. */
function writeName(sink: Sink, name: string): void {
  const isFirst = sink.bytes[sink.at - 1] === OPEN_OBJECT
  if (!isFirst) writeText(sink, ',')
  writeText(sink, PLAIN_NAME.test(name) ? `"${name}":` : `${JSON.stringify(name)}:`)
}

/** Such a name is its own spelling; nearly all are, and to ask takes less than to spell. */
const PLAIN_NAME = /^\w*$/

/** By their names, in the order of UTF-16 units: any order will do that does not depend on the place. */
function sortMembers(members: ReadonlyMap<string, Member>): Member[] {
  return [...members.values()].sort(compareNames)
}

function compareNames(one: Member, other: Member): number {
  return one.name < other.name ? -1 : 1
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

function* writeFieldInSteps(
  sink: Sink,
  document: Document,
  member: Member,
  stepBytes: number,
): Generator<undefined, boolean> {
  const field = document.dialect?.fields.get(member.name)
  const isShort = field?.part === 'inert' || field?.part === 'model' || member.name === 'options'
  if (isShort) return writeField(sink, document, member)
  const start = sink.at
  const pictures = field?.part === 'keyed' ? listEscapedPictures(document, member) : []
  yield* writeAround(sink, document.bytes, { member, pictures, stepBytes })
  return field === undefined || !field.empty.includes(readStart(sink, start))
}

/** Pictures are the same in lines and in one; everything else goes by its spelling. */
function writeKeyed(sink: Sink, document: Document, member: Member): void {
  const pictures = listEscapedPictures(document, member)
  if (pictures.length === 0) writeOption(sink, document.bytes, member)
  else writeAround(sink, document.bytes, { member, pictures, stepBytes: Infinity }).next()
}

interface Around {
  readonly member: Member
  readonly pictures: readonly Picture[]
  readonly stepBytes: number
}

/** A value with pictures in it. */
function* writeAround(
  sink: Sink,
  bytes: Buffer,
  { member, pictures, stepBytes }: Around,
): Generator<undefined, void> {
  let at = member.start
  for (const picture of pictures) {
    yield* writeValueInSteps(sink, bytes, { start: at, end: picture.start }, stepBytes)
    yield* copyPicture(bytes, picture, sink, stepBytes)
    at = picture.end
  }
  yield* writeValueInSteps(sink, bytes, { start: at, end: member.end }, stepBytes)
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
