import { type Document, type Edit, readString, spliceDocument } from './document.ts'
import { isEmpty } from './purpose.ts'
import { decodeString, listStrings, type Member, type StringPlaces } from './walk.ts'

/** The routes that turn texts into vectors. */
export type EmbeddingRoute = '/api/embed' | '/api/embeddings' | '/v1/embeddings'

/** One text of a request. */
export interface Input {
  readonly text: string
  /** Offset in the request of its opening quote. */
  readonly start: number
  /** Offset behind its closing quote. */
  readonly end: number
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
  if (!isText) return undefined
  const { start, end } = member
  return { distinct: [{ text: decodeString(document.bytes, start, end), start, end }], order: [0] }
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

function readList({ bytes, dialect }: Document, member: Member): Inputs | undefined {
  if (dialect?.question !== 'input') return undefined
  const places = listStrings(bytes, member.start)
  if (places === undefined || places.starts.length === 0) return undefined
  // One native pass for all of them: to decode each by itself takes five times as long.
  const texts = JSON.parse(bytes.toString('utf8', member.start, member.end)) as string[]
  return collect(texts, places)
}

function collect(texts: readonly string[], { starts, ends }: StringPlaces): Inputs {
  const places = new Map<string, number>()
  const distinct: Input[] = []
  const order: number[] = []
  for (let at = 0; at < texts.length; at++) {
    const text = texts[at] as string
    let place = places.get(text)
    if (place === undefined) {
      place = distinct.length
      places.set(text, place)
      distinct.push({ text, start: starts[at] as number, end: ends[at] as number })
    }
    order.push(place)
  }
  return { distinct, order }
}

/**
 * The request for some of the texts that were read of it: every byte but those of the texts as the client
 * sent it, and but for `encoding_format`, which is made `float`, since only numbers can be given to everybody.
 */
export function toEmbedRequest(
  document: Document,
  route: EmbeddingRoute,
  texts: readonly Input[],
): Document {
  const member = findTexts(document, route)
  const edits = toFloat(document)
  if (member?.type === 'array') {
    const { bytes } = document
    const list = texts.map(({ start, end }) => bytes.toString('utf8', start, end)).join(',')
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
