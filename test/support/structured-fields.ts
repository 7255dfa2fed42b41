/** A Token, told from a String of the same text. */
export interface Token {
  readonly token: string
}

/** A bare item: String, Token, Integer or Decimal, Boolean. */
export type BareItem = string | Token | number | boolean

/** A member of a List: an item with its parameters. */
export interface ListMember {
  readonly value: BareItem
  readonly parameters: ReadonlyMap<string, BareItem>
}

/**
 * Parses a List of RFC 9651 §4.2.1 as strictly as the RFC does; undefined where it fails. Inner lists and
 * the types that Cache-Status and Proxy-Status have no use for (bytes, dates, display strings) fail too.
 */
export function parseList(text: string): ListMember[] | undefined {
  const reader: Reader = { text: text.replace(/^ +| +$/g, ''), at: 0 }
  const members: ListMember[] = []
  while (reader.at < reader.text.length) {
    const member = readMember(reader)
    if (member === undefined) return undefined
    members.push(member)
    take(reader, /[ \t]*/y)
    if (reader.at === reader.text.length) return members
    if (take(reader, /,[ \t]*/y) === undefined) return undefined
    if (reader.at === reader.text.length) return undefined
  }
  return members
}

interface Reader {
  readonly text: string
  at: number
}

/** Takes what the sticky pattern matches here. */
function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at
  const match = pattern.exec(reader.text)?.[0]
  reader.at += match?.length ?? 0
  return match
}

function readMember(reader: Reader): ListMember | undefined {
  const value = readBareItem(reader)
  const parameters = value === undefined ? undefined : readParameters(reader)
  return value === undefined || parameters === undefined ? undefined : { value, parameters }
}

function readParameters(reader: Reader): Map<string, BareItem> | undefined {
  const parameters = new Map<string, BareItem>()
  while (take(reader, /; */y) !== undefined) {
    const key = take(reader, /[a-z*][a-z0-9_\-.*]*/y)
    if (key === undefined) return undefined
    const value = take(reader, /=/y) === undefined ? true : readBareItem(reader)
    if (value === undefined) return undefined
    parameters.set(key, value)
  }
  return parameters
}

function readBareItem(reader: Reader): BareItem | undefined {
  const quoted = take(reader, /"(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"/y)
  if (quoted !== undefined) return quoted.slice(1, -1).replace(/\\(.)/g, '$1')
  const token = take(reader, /[A-Za-z*][!#$%&'*+\-.^_`|~:/0-9A-Za-z]*/y)
  if (token !== undefined) return { token }
  const truth = take(reader, /\?[01]/y)
  if (truth !== undefined) return truth === '?1'
  return readNumber(reader)
}

/** At most 15 digits, or 12 before the point and 3 behind it. */
function readNumber(reader: Reader): number | undefined {
  const number = take(reader, /-?[0-9]+(?:\.[0-9]*)?/y)
  if (number === undefined) return undefined
  return /^-?(?:[0-9]{1,15}|[0-9]{1,12}\.[0-9]{1,3})$/.test(number) ? Number(number) : undefined
}
