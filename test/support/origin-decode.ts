/** A request as Ollama's struct has it after decoding: names folded, duplicates resolved. */
export type Body = Record<string, unknown>

/** Thrown for what Go's decoder refuses; the message is Go's. */
export class GoError extends Error {}

/**
 * Reads the first JSON value of a body as Go does (corpus 159–177): what follows it is ignored, field
 * names match without case, a later duplicate wins, duplicate `options` merge. Undefined for no body.
 */
export function decode(bytes: Buffer): unknown {
  const text = bytes.toString()
  if (text.trim() === '') return undefined
  return createReader(text).value('top')
}

/** Where a value stands: Go folds the field names of structs, never the keys of its maps. */
type Place = 'top' | 'inside'

function createReader(text: string) {
  let at = 0

  const peek = (): string => {
    while (' \t\r\n'.includes(text[at] ?? '-')) at += 1
    const character = text[at]
    if (character === undefined) throw new GoError('unexpected EOF')
    return character
  }

  const refuse = (where: string): never => {
    // Go names a byte, not a character: a byte order mark is told of as `ï` (corpus 174).
    const [byte = 0] = Buffer.from(peek())
    throw new GoError(`invalid character '${String.fromCharCode(byte)}' ${where}`)
  }

  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    at += found?.length ?? 0
    return found
  }

  const string = (): string => {
    // Not one expression: a picture of megabytes in lines would exceed the stack of the matcher.
    const start = at
    at += 1
    for (;;) {
      const stop = take(/[^"\\]*["\\]/sy)?.at(-1)
      if (stop === undefined) throw new GoError('unexpected EOF')
      if (stop === '"') return JSON.parse(text.slice(start, at)) as string
      at += 1
    }
  }

  function value(place: Place): unknown {
    const first = peek()
    if (first === '{') return object(place)
    if (first === '[') return array()
    if (first === '"') return string()
    const number = take(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y)
    if (number !== undefined) return Number(number)
    const literal = take(/true|false|null/y)
    return literal === undefined ? refuse('looking for beginning of value') : JSON.parse(literal)
  }

  function array(): unknown[] {
    const items: unknown[] = []
    at += 1
    while (peek() !== ']') {
      items.push(value('inside'))
      if (peek() === ',') at += 1
      else if (peek() !== ']') refuse('after array element')
    }
    at += 1
    return items
  }

  function object(place: Place): Body {
    const members: Body = {}
    at += 1
    while (peek() !== '}') {
      if (peek() !== '"') refuse('looking for beginning of object key string')
      const name = place === 'top' ? fold(string()) : string()
      if (peek() !== ':') refuse('after object key')
      at += 1
      put(members, name, value('inside'))
      if (peek() === ',') at += 1
      else if (peek() !== '}') refuse('after object key:value pair')
    }
    at += 1
    return members
  }

  return { value }
}

/** Go folds by Unicode: the long s and the Kelvin sign are letters of field names too (corpus 171). */
function fold(name: string): string {
  return name.toLowerCase().replaceAll('ſ', 's')
}

/** Maps merge, everything else is replaced (corpus 166–170). */
function put(members: Body, name: string, value: unknown): void {
  const before = members[name]
  const isMerged = name === 'options' && isObject(before) && isObject(value)
  members[name] = isMerged ? { ...before, ...value } : value
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
