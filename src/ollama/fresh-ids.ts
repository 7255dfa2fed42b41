/** Gives ids that stand for those of a stored answer; the same one for the same id. */
export type IdMint = (original: string) => string

/**
 * Ids as Ollama makes them, of the same sort as the stored ones (middleware/openai.go, anthropic.go):
 * so many digits for OpenAI's routes, 24 hexadecimal ones for Anthropic's. What the model gave, such as
 * the id of a tool call, stays. One mint serves one answer; `random` gives numbers from 0 to below 1.
 */
export function createIdMint(random: () => number): IdMint {
  const made = new Map<string, string>()
  const mint: IdMint = (original) => {
    const known = made.get(original)
    if (known !== undefined) return known
    const fresh = toFresh(original, random, mint)
    made.set(original, fresh)
    return fresh
  }
  return mint
}

function toFresh(original: string, random: () => number, mint: IdMint): string {
  if (HEXADECIMAL.test(original)) return `msg_${toHex(random)}`
  const [, part = '', response = '', place = ''] = PART.exec(original) ?? []
  if (part !== '') return `${part}${mint(response)}${place}`
  const [, prefix = '', digits = '', index = ''] = NUMBERED.exec(original) ?? []
  if (digits === '') return original
  return `${prefix}${Math.floor(random() * (LIMITS[prefix] ?? 999_999))}${index}`
}

/** Items of a whole answer of `/v1/responses` are named after it. */
const PART = /^(rs_|fc_)(resp_\d+)(_\d+)?$/
const NUMBERED = /^(chatcmpl-|cmpl-|resp_|msg_|rs_|fc_)(\d+)(_\d+)?$/
const HEXADECIMAL = /^msg_[0-9a-f]{24}$/

/** How many numbers Ollama chooses from, where it is not a million. */
const LIMITS: Readonly<Record<string, number>> = { 'chatcmpl-': 999, 'cmpl-': 999 }

function toHex(random: () => number): string {
  const digits = Array.from({ length: 24 }, () => Math.floor(random() * 16).toString(16))
  return digits.join('')
}
