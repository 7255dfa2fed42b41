/** Characters that Go's encoding/json escapes in strings and JavaScript does not. */
const GO_ESCAPED = /[<>&\u2028\u2029]/g

/**
 * A string as Go writes it, quotes included (corpus 488–493). U+2028 unescaped would split a line in
 * clients that read lines with Python's splitlines.
 */
export function toGoString(text: string): string {
  return JSON.stringify(toWellFormed(text)).replace(GO_ESCAPED, toEscape)
}

/** Lone surrogates become U+FFFD, as Go's decoder makes them. */
function toWellFormed(text: string): string {
  return Buffer.from(text).toString()
}

function toEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

// Many answers leave within one millisecond, and name the same instant.
let last = { epochMs: Number.NaN, text: '' }

/** An instant as Go prints it: RFC 3339 in UTC, trailing zeros of the fraction left out. */
export function toCreatedAt(epochMs: number): string {
  if (last.epochMs !== epochMs) {
    const text = new Date(epochMs).toISOString().replace(/\.?0+Z$/, 'Z')
    last = { epochMs, text }
  }
  return last.text
}
