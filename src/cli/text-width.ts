/** What takes two columns: East Asian wide letters and pictures (Unicode TR11, TR51), in ranges wide enough for names. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
/** What takes none: marks that stand on the letter before, joiners. */
const NARROW = /\p{Mn}|\p{Me}|\p{Cf}/u
/** What a terminal takes for orders: C0, C1 and delete, and what changes the direction of writing. */
const CONTROL = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu
const ALL_PLAIN = /^[\x20-\x7e]*$/

/** A text of somebody else's, as a model's name, with nothing in it that a terminal would obey. */
export function toHarmless(text: string): string {
  return ALL_PLAIN.test(text) ? text : text.replace(CONTROL, '\ufffd')
}

/** How many columns a text takes in a terminal. */
export function widthOf(text: string): number {
  if (ALL_PLAIN.test(text)) return text.length
  let width = 0
  for (const letter of text) width += columnsOf(letter)
  return width
}

/** The text in so many columns: what is too long ends in `…`. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  let kept = ''
  let width = 1
  for (const letter of text) {
    width += columnsOf(letter)
    if (width > columns) break
    kept += letter
  }
  return columns < 1 ? '' : `${kept}…`
}

function columnsOf(letter: string): 0 | 1 | 2 {
  if (NARROW.test(letter)) return 0
  return WIDE.test(letter) ? 2 : 1
}
