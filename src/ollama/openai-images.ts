/** How a picture may begin (openai/openai.go decodeImageURL); links to the network are refused. */
const PREFIX = /^data:(?:image\/(?:jpeg|jpg|png|webp))?;base64,/

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** The base64 of a picture in a `data:` URL; undefined where Ollama answers 400. */
export function readImageUrl(url: string): string | undefined {
  const head = PREFIX.exec(url)?.[0]
  return head === undefined ? undefined : readBase64(url.slice(head.length))
}

/**
 * Base64 as Go writes what it read: line breaks are read over, and so are bits that stand for nothing at
 * the end. Undefined where Go does not decode it.
 */
export function readBase64(text: string): string | undefined {
  const plain = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, '') : text
  if (plain.length % 4 !== 0 || !BASE64.test(plain)) return undefined
  if (!plain.endsWith('=')) return plain
  const last = plain.slice(-4)
  return plain.slice(0, -4) + Buffer.from(last, 'base64').toString('base64')
}
