import { type Document, readLexeme } from './document.ts'

/**
 * The number an option holds; `absent` where there is none or it is `null` (corpus 149, 150);
 * `foreign` where it is something that is no finite number, which Ollama answers with an error.
 */
export function readOption(document: Document, name: string): number | 'absent' | 'foreign' {
  const member = document.options?.get(name)
  if (member === undefined || member.type === 'null') return 'absent'
  if (member.type !== 'number') return 'foreign'
  const value = Number(readLexeme(document, member))
  return Number.isFinite(value) ? value : 'foreign'
}
