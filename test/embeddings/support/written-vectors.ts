import { createHash } from 'node:crypto'

/** Texts that begin with this are refused by the model, and the whole call with them. */
export const BAD = 'bad'

/**
 * A vector that only this text has, in every spelling Go has for a float32: `-0`, exponents of both signs,
 * the largest and the smallest. What parses and prints numbers changes some of it.
 */
export function writeVector(text: string): string | undefined {
  if (text.startsWith(BAD)) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = createHash('sha256').update(text).digest().subarray(0, 4)
  const mark = (a << 24) + (b << 16) + (c << 8) + d
  return `[-0,${a}e-7,-1.${b}e+21,0.${c}0${d},${mark},3.4028235e+38,1e-45,0,1.0]`
}

/** The vectors of an answer of `/api/embed`, byte for byte, found without the code under test. */
export function cutVectors(body: Buffer): string[] {
  const list = /"embeddings":\[(.*?\])\]/.exec(body.toString('latin1'))?.[1] ?? ''
  return list.match(/\[[^\]]*\]/g) ?? []
}
