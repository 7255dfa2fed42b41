import { type Document, readLexeme } from './document.ts'
import type { Member } from './walk.ts'

/**
 * The number a sampling parameter holds; `absent` where there is none or it is `null` (corpus 149,
 * 150); `foreign` where it is something that is no finite number, which Ollama answers with an error.
 * Native routes have them in `options`, the compatible ones at the top level, under the same names.
 */
export function readOption(document: Document, name: string): number | 'absent' | 'foreign' {
  const member = findOption(document, name)
  if (member === undefined || member.type === 'null') return 'absent'
  if (member.type !== 'number') return 'foreign'
  const value = Number(readLexeme(document, member))
  return Number.isFinite(value) ? value : 'foreign'
}

/** A parameter the dialect does not have is none: `seed` on `/v1/responses` seeds nothing. */
function findOption({ dialect, members, options }: Document, name: string): Member | undefined {
  if (dialect?.parameters !== 'top-level') return options?.get(name)
  return dialect.fields.get(name)?.part === 'keyed' ? members.get(name) : undefined
}
