import { join } from './frames.ts'

/** How a picture may begin (openai/openai.go decodeImageURL); links to the network are refused. */
const PREFIX = /^data:(?:image\/(?:jpeg|jpg|png|webp))?;base64,/

/** The base64 of a picture in a `data:` URL; undefined where Ollama answers 400. */
export function readImageUrl(url: string): string | undefined {
  const head = PREFIX.exec(url)?.[0]
  return head === undefined ? undefined : readBase64(url.slice(head.length))
}

/**
 * Base64 as Go writes what it read: line breaks are read over, and so are bits that stand for nothing at
 * the end. Undefined where Go does not decode it. 20 MB take 10 ms; a pattern over them took 94.
 */
export function readBase64(text: string): string | undefined {
  const isBroken = text.includes('\n') || text.includes('\r')
  const plain = isBroken ? text.replace(/[\r\n]/g, '') : text
  // Node reads over what is no base64, and takes the alphabet of URLs too: the length tells the first.
  if (plain.length % 4 !== 0 || plain.includes('-') || plain.includes('_')) return undefined
  if (Buffer.from(plain, 'base64').length !== countBytes(plain)) return undefined
  if (!plain.endsWith('=')) return plain
  return plain.slice(0, -4) + Buffer.from(plain.slice(-4), 'base64').toString('base64')
}

/** How many bytes base64 of this length stands for. */
function countBytes(plain: string): number {
  if (!plain.endsWith('=')) return (plain.length / 4) * 3
  return (plain.length / 4) * 3 - (plain.endsWith('==') ? 2 : 1)
}

/** From here on the base64 of a picture is not made into a text, in bytes. */
const LARGE_BYTES = 64 * 1024

/** Longer than any beginning of a picture. */
const MAX_PREFIX_BYTES = 64

/**
 * A mark in the place of the picture in the string between two offsets of a request, quotes included: its
 * bytes are put there by {@link fillMarks}. Undefined where it is small, or not to be copied as it is.
 */
export function markPicture(bytes: Buffer, start: number, end: number): string | undefined {
  if (end - start < LARGE_BYTES) return undefined
  const head = PREFIX.exec(bytes.toString('latin1', start + 1, start + 1 + MAX_PREFIX_BYTES))
  const from = start + 1 + (head?.[0].length ?? 0)
  const to = end - 1
  return head !== null && isCanonical(bytes, from, to) ? `${MARK}${from}-${to}${MARK}` : undefined
}

/** No JSON holds it. */
const MARK = '\0'

/** The bytes of a text, with those of the request in the place of each mark. */
export function fillMarks(text: string, bytes: Buffer): Buffer {
  const parts = text.split(MARK)
  const pieces = parts.map((part, index) => {
    if (index % 2 === 0) return Buffer.from(part)
    const [start = 0, end = 0] = part.split('-').map(Number)
    return bytes.subarray(start, end)
  })
  return join(pieces)
}

/** Whether Go would write the same base64 of what it reads. */
function isCanonical(bytes: Buffer, start: number, end: number): boolean {
  const last = bytes.toString('latin1', end - 4, end)
  return readBase64(bytes.toString('latin1', start, end)) !== undefined && readBase64(last) === last
}
