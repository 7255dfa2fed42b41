const TOKEN = /^[A-Za-z*][!#$%&'*+\-.^_`|~:/0-9A-Za-z]*$/

/** A text as a String of RFC 9651 §4.1.6. What it cannot hold (all but printable ASCII) becomes `?`. */
export function toQuoted(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, '?')
  return `"${printable.replace(/["\\]/g, '\\$&')}"`
}

/** A text as a Token of RFC 9651 where it is one, else as a String. */
export function toTokenOrString(text: string): string {
  return TOKEN.test(text) ? text : toQuoted(text)
}

/** A List (RFC 9651 §3.1) with one more member at its end; undefined or empty stands for an empty list. */
export function appendMember(list: string | undefined, member: string): string {
  return list === undefined || list.trim() === '' ? member : `${list}, ${member}`
}
