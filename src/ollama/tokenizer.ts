import { isUtf8 } from 'node:buffer'
import type { Shape } from './fields.ts'
import { foldName } from './folding.ts'
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  endOfScalar,
  endOfString,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  skipSpace,
} from './lexemes.ts'
import { decodeString } from './walk.ts'

/** More open objects and arrays than this are ambiguous: decoders have different limits. */
export const MAX_DEPTH = 64

/** An object or array that is open where the tokenizer stands. */
interface Container {
  readonly close: number
  /** The names met so far; undefined in an array. */
  readonly names: Set<string> | undefined
  /** The fields Ollama knows here; undefined where it takes names as they are. */
  readonly shape: Shape | undefined
  /** The shape of the value that comes next. */
  next: Shape | undefined
  content: 'none' | 'some'
}

interface Walk {
  readonly bytes: Buffer
  readonly view: DataView
  readonly open: Container[]
  at: number
}

/**
 * Whether the bytes are one JSON object that every reader understands alike, Ollama's Go among them:
 * valid UTF-8 without BOM or lone surrogates, nothing behind the object, no name twice, no name that
 * becomes a known field only by case folding, depth and numbers within bounds (reuse.md, The key;
 * corpus 159–179). One iterative pass: no stack and no object of ours grows with what a client nests.
 */
export function isUnambiguous(bytes: Buffer, shape: Shape | undefined): boolean {
  const at = skipSpace(bytes, 0)
  if (bytes[at] !== OPEN_OBJECT || !isUtf8(bytes)) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const walk: Walk = { bytes, view, open: [], at }
  openObject(walk, shape)
  for (let top = walk.open.at(-1); top !== undefined; top = walk.open.at(-1)) {
    if (!readItem(walk, top)) return false
  }
  return skipSpace(bytes, walk.at) === bytes.length
}

/** Reads a scalar whole, or opens a container; false where neither stands here. */
function enterValue(walk: Walk, shape: Shape | undefined): boolean {
  walk.at = skipSpace(walk.bytes, walk.at)
  switch (walk.bytes[walk.at]) {
    case QUOTE:
      return moveTo(walk, endOfString(walk.bytes, walk.view, walk.at))
    case OPEN_OBJECT:
      return openObject(walk, shape)
    case OPEN_ARRAY:
      return openArray(walk, shape)
    default:
      return moveTo(walk, endOfScalar(walk.bytes, walk.at))
  }
}

function openObject(walk: Walk, shape: Shape | undefined): boolean {
  const names = new Set<string>()
  return open(walk, { close: CLOSE_OBJECT, names, shape, next: undefined, content: 'none' })
}

function openArray(walk: Walk, next: Shape | undefined): boolean {
  return open(walk, {
    close: CLOSE_ARRAY,
    names: undefined,
    shape: undefined,
    next,
    content: 'none',
  })
}

function open(walk: Walk, container: Container): boolean {
  walk.at++
  return walk.open.push(container) <= MAX_DEPTH
}

function moveTo(walk: Walk, end: number): boolean {
  walk.at = end
  return end >= 0
}

/** Reads the next member or element as far as its value goes without nesting, or the end of the container. */
function readItem(walk: Walk, container: Container): boolean {
  walk.at = skipSpace(walk.bytes, walk.at)
  if (walk.bytes[walk.at] === container.close) {
    walk.open.pop()
    return moveTo(walk, walk.at + 1)
  }
  if (container.content === 'some' && !skipByte(walk, COMMA)) return false
  container.content = 'some'
  return readName(walk, container) && enterValue(walk, container.next)
}

function skipByte(walk: Walk, byte: number): boolean {
  walk.at = skipSpace(walk.bytes, walk.at)
  return walk.bytes[walk.at] === byte && moveTo(walk, walk.at + 1)
}

function readName(walk: Walk, container: Container): boolean {
  const { bytes, view } = walk
  const { names, shape } = container
  if (names === undefined) return true
  const start = skipSpace(bytes, walk.at)
  if (bytes[start] !== QUOTE || !moveTo(walk, endOfString(bytes, view, start))) return false
  const name = decodeString(bytes, start, walk.at)
  // Where Go fills a struct, names that differ in case only are one field, and the last of them wins.
  const folded = shape === undefined ? name : foldName(name)
  if (names.has(folded) || (folded !== name && shape?.fields.has(folded))) return false
  names.add(folded)
  container.next = shape?.inside.get(name)
  return skipByte(walk, COLON)
}
