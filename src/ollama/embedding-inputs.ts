import { type Document, type Edit, readString, spliceDocument } from './document.ts'
import { QUOTE } from './lexemes.ts'
import { isEmpty } from './purpose.ts'
import { decodeString, hasEscape, listElements, type Member, skipString } from './walk.ts'

/** The routes that turn texts into vectors. */
export type EmbeddingRoute = '/api/embed' | '/api/embeddings' | '/v1/embeddings'

/** One text of a request. */
export interface Input {
  /** The text as the client spelled it: a JSON string with its quotes. */
  readonly json: Buffer
  /** The text, as UTF-8. */
  readonly text: Buffer
}

/** The texts of a request, each of them once. */
export interface Inputs {
  /** In the order in which they first stand in the request. */
  readonly distinct: readonly Input[]
  /** For each text of the request, in its order: which of the distinct ones it is. */
  readonly order: readonly number[]
}

/**
 * The texts of a request; undefined where it is not to be split: no text, which only loads the model
 * or is refused, lists of token numbers, and anything else that Ollama answers with 400 (corpus
 * 334–341, 356, 357, 416–419).
 */
export function readInputs(document: Document, route: EmbeddingRoute): Inputs | undefined {
  const member = findTexts(document, route)
  if (member === undefined || !isEncodingKnown(document)) return undefined
  if (member.type === 'array') return readList(document, member)
  // To the native routes the empty text is none, to `/v1/embeddings` it is one.
  const isText =
    member.type === 'string' && (route === '/v1/embeddings' || !isEmpty(document, member))
  return isText ? collect(document, [member.start]) : undefined
}

function findTexts({ members }: Document, route: EmbeddingRoute): Member | undefined {
  return members.get(route === '/api/embeddings' ? 'prompt' : 'input')
}

/** Another encoding is Ollama's 400, which a known vector must not hide (corpus 414). */
function isEncodingKnown(document: Document): boolean {
  const type = document.members.get('encoding_format')?.type
  if (document.dialect?.parameters !== 'top-level' || type === undefined) return true
  const isText = type === 'null' || type === 'string'
  return isText && /^(float|base64)?$/i.test(readString(document, 'encoding_format') ?? '')
}

function readList(document: Document, member: Member): Inputs | undefined {
  const starts = [...listElements(document.bytes, member.start)]
  const isTexts = starts.length > 0 && starts.every((start) => document.bytes[start] === QUOTE)
  return isTexts && document.dialect?.question === 'input' ? collect(document, starts) : undefined
}

function collect({ bytes }: Document, starts: readonly number[]): Inputs {
  const places = new Map<string, number>()
  const distinct: Input[] = []
  const order = starts.map((start) => {
    const end = skipString(bytes, start)
    const text = decodeString(bytes, start, end)
    const known = places.get(text)
    if (known !== undefined) return known
    places.set(text, distinct.length)
    const json = bytes.subarray(start, end)
    // A text without escapes stands in the body as it is.
    const isPlain = !hasEscape(bytes, start, end)
    return distinct.push({ json, text: isPlain ? json.subarray(1, -1) : Buffer.from(text) }) - 1
  })
  return { distinct, order }
}

/**
 * The request for some of its texts: every byte but those of the texts as the client sent it, and but
 * for `encoding_format`, which is made `float`, since only numbers can be given to everybody.
 */
export function toEmbedRequest(
  document: Document,
  route: EmbeddingRoute,
  texts: readonly Input[],
): Document {
  const member = findTexts(document, route)
  const edits = toFloat(document)
  if (member?.type === 'array') {
    const list = texts.map(({ json }) => json.toString()).join(',')
    edits.push({ start: member.start, end: member.end, text: `[${list}]` })
  }
  return spliceDocument(document, edits)
}

function toFloat(document: Document): Edit[] {
  const format = document.members.get('encoding_format')
  if (format === undefined || !wantsBase64(document)) return []
  return [{ start: format.start, end: format.end, text: '"float"' }]
}

/** Whether the client asked for vectors in base64: `encoding_format`, in any case (middleware/openai.go). */
export function wantsBase64(document: Document): boolean {
  if (document.dialect?.parameters !== 'top-level') return false
  return readString(document, 'encoding_format')?.toLowerCase() === 'base64'
}

/** The vectors of all texts of a request in its order, from those of the distinct ones. */
export function placeVectors<T>(inputs: Inputs, distinct: readonly T[]): T[] {
  return inputs.order.flatMap((index) => distinct.slice(index, index + 1))
}
