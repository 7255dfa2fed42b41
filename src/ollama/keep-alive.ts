import type { Document } from './document.ts'
import { readLexeme, readString } from './document.ts'
import { parseDuration } from './duration.ts'

/**
 * What a request says of how long the model stays: nothing (absent or `null`), until a time, for ever
 * (`negative`), not at all (`zero`), or something Ollama answers with 400 (`invalid`).
 */
export type KeepAlive = 'absent' | 'positive' | 'negative' | 'zero' | 'invalid'

/** How many nanoseconds a second has. */
const NANOSECONDS = 1e9

/** The largest duration of Go; a number of seconds beyond it becomes a negative one on amd64. */
const MAX_NANOSECONDS = 2 ** 63

/**
 * Reads `keep_alive` as Ollama's `Duration.UnmarshalJSON` does (corpus 225–249): a number is seconds,
 * a text a Go duration, `null` nothing; other types are refused.
 */
export function readKeepAlive(document: Document): KeepAlive {
  const member = document.members.get('keep_alive')
  if (member === undefined || member.type === 'null') return 'absent'
  if (member.type === 'number') return classifySeconds(Number(readLexeme(document, member)))
  const text = readString(document, 'keep_alive')
  return text === undefined ? 'invalid' : classifyText(text)
}

function classifySeconds(seconds: number): KeepAlive {
  if (!Number.isFinite(seconds)) return 'invalid'
  const nanoseconds = Math.trunc(seconds * NANOSECONDS)
  if (seconds < 0 || nanoseconds >= MAX_NANOSECONDS) return 'negative'
  return nanoseconds === 0 ? 'zero' : 'positive'
}

function classifyText(text: string): KeepAlive {
  const nanoseconds = parseDuration(text)
  if (nanoseconds === undefined) return 'invalid'
  if (nanoseconds === 0n) return 'zero'
  return nanoseconds < 0n ? 'negative' : 'positive'
}
