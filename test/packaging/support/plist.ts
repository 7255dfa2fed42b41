/** What a property list holds. */
export type PlistValue =
  | string
  | number
  | boolean
  | readonly PlistValue[]
  | { readonly [key: string]: PlistValue }

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}

/** Reads a property list in XML: dict, array, string, integer, true, false. Throws where it is none. */
export function readPlist(text: string): PlistValue {
  const body = text.replace(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!DOCTYPE[^>]*>/g, '')
  const tokens = [...body.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>|([^<]+)/g)]
    .map(([whole]) => whole.trim())
    .filter((token) => token !== '')
  const take = (wanted?: string): string => {
    const token = tokens.shift() ?? ''
    if (wanted !== undefined && token !== wanted) throw new Error(`${token} instead of ${wanted}`)
    return token
  }
  take('<plist version="1.0">')
  const value = readValue(tokens, take)
  take('</plist>')
  if (tokens.length > 0) throw new Error(`${tokens[0]} after the end`)
  return value
}

function readValue(tokens: string[], take: (wanted?: string) => string): PlistValue {
  const token = take()
  if (token === '<true/>') return true
  if (token === '<false/>') return false
  if (token === '<string>') return readText('</string>', tokens, take)
  if (token === '<integer>') return Number(readText('</integer>', tokens, take))
  if (token === '<array>') {
    const items: PlistValue[] = []
    while (tokens[0] !== '</array>') items.push(readValue(tokens, take))
    take('</array>')
    return items
  }
  if (token !== '<dict>') throw new Error(`${token} is no value`)
  const entries: [string, PlistValue][] = []
  while (tokens[0] !== '</dict>') {
    take('<key>')
    entries.push([readText('</key>', tokens, take), readValue(tokens, take)])
  }
  take('</dict>')
  return Object.fromEntries(entries)
}

function readText(end: string, tokens: string[], take: (wanted?: string) => string): string {
  const text = tokens[0] === end ? '' : take()
  take(end)
  return text.replace(/&(\w+);/g, (_, name: string) => ENTITIES[name] ?? '')
}
