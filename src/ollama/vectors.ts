import type { EmbeddingRoute } from './embedding-inputs.ts'
import { type FrameMembers, readFrame, readInner, readNumber } from './frame.ts'
import { CLOSE_ARRAY, OPEN_ARRAY, QUOTE } from './lexemes.ts'
import { readNumberList } from './number-list.ts'
import { listElements, readMembers, skipString } from './walk.ts'

/** An answer of an embedding route, taken apart. */
export interface Vectors {
  /** Each vector as the bytes Ollama wrote, brackets included, in order. */
  readonly vectors: readonly Buffer[]
  /** How many numbers each of them has; 0 where there are no vectors. */
  readonly dimensions: number
  /** Tokens of all texts together; undefined where the answer does not tell. */
  readonly tokens: number | undefined
  /** In ns; 0 where the answer does not tell. */
  readonly totalDuration: number
  /** In ns; 0 where the answer does not tell. */
  readonly loadDuration: number
}

/**
 * Cuts the vectors out of an answer without reading a number: what is put together again later is
 * byte for byte what Ollama wrote, `-0` included. Undefined for anything but a whole answer of the
 * route with finite numbers, as many in each vector.
 */
export function sliceVectors(answer: Buffer, route: EmbeddingRoute): Vectors | undefined {
  const cut = cutLists(answer)
  if (cut === undefined) return undefined
  const members = readFrame(cut.rest)
  if (members === undefined || members.has('error')) return undefined
  if (countVectors(cut.rest, members, route) !== cut.vectors.length) return undefined
  return {
    vectors: cut.vectors,
    dimensions: cut.dimensions,
    tokens: readTokens(cut.rest, members),
    totalDuration: readNumber(cut.rest, members, 'total_duration'),
    loadDuration: readNumber(cut.rest, members, 'load_duration'),
  }
}

interface Cut {
  readonly vectors: Buffer[]
  readonly dimensions: number
  /** The answer with an empty list in the place of each vector: small enough to be read with care. */
  readonly rest: Buffer
}

/** Every list of numbers in the bytes; undefined where they differ in length. */
function cutLists(bytes: Buffer): Cut | undefined {
  const vectors: Buffer[] = []
  const rest: Buffer[] = []
  let dimensions = 0
  let kept = 0
  let at = 0
  while (at < bytes.length) {
    const list = bytes[at] === OPEN_ARRAY ? readNumberList(bytes, at) : undefined
    if (list === undefined) {
      at = skipByte(bytes, at)
      continue
    }
    if (vectors.length > 0 && list.length !== dimensions) return undefined
    dimensions = list.length
    vectors.push(bytes.subarray(at, list.end))
    rest.push(bytes.subarray(kept, at + 1))
    kept = list.end - 1
    at = list.end
  }
  rest.push(bytes.subarray(kept))
  return { vectors, dimensions, rest: Buffer.concat(rest) }
}

/** Over a string as a whole, so that no bracket of a model's name counts; to the end where it has none. */
function skipByte(bytes: Buffer, at: number): number {
  if (bytes[at] !== QUOTE) return at + 1
  const end = skipString(bytes, at)
  return end > at ? end : bytes.length
}

/** How many vectors the answer has where they belong; -1 where something else stands there. */
function countVectors(rest: Buffer, members: FrameMembers, route: EmbeddingRoute): number {
  const [name, isVector] = PLACES[route]
  const list = members.get(name)
  if (list?.type !== 'array') return -1
  if (route === '/api/embeddings') return isEmptyList(rest, list.start) ? 1 : -1
  let count = 0
  for (const start of listElements(rest, list.start)) {
    if (!isVector(rest, start, count)) return -1
    count++
  }
  return count
}

type Test = (rest: Buffer, start: number, index: number) => boolean

/** Where the vectors stand in an answer of each route. */
const PLACES: Readonly<Record<EmbeddingRoute, readonly [string, Test]>> = {
  '/api/embed': ['embeddings', isEmptyList],
  '/api/embeddings': ['embedding', isEmptyList],
  '/v1/embeddings': ['data', isDatum],
}

function isEmptyList(rest: Buffer, start: number): boolean {
  return rest[start] === OPEN_ARRAY && rest[start + 1] === CLOSE_ARRAY
}

/** An element of the list of `/v1/embeddings`, in its place. */
function isDatum(rest: Buffer, start: number, index: number): boolean {
  const members = readMembers(rest, start)
  const vector = members.get('embedding')
  return (
    vector?.type === 'array' &&
    isEmptyList(rest, vector.start) &&
    readNumber(rest, members, 'index') === index
  )
}

function readTokens(rest: Buffer, members: FrameMembers): number | undefined {
  const usage = readInner(rest, members, 'usage')
  const tokens =
    usage === undefined
      ? readNumber(rest, members, 'prompt_eval_count')
      : readNumber(rest, usage, 'prompt_tokens')
  return tokens > 0 ? tokens : undefined
}
