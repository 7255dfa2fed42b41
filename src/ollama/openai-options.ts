import { type Document, readLexeme, readString } from './document.ts'
import { QUOTE } from './lexemes.ts'
import type { OpenAiForm } from './openai-values.ts'
import { type RawMembers, writeObject } from './raw-members.ts'
import { listElements, skipValue } from './walk.ts'

/** Which of the two OpenAI routes that generate text. */
export type OpenAiRun = 'chat' | 'completion'

/**
 * The native `options` of a request, in Go's order of a map (openai/openai.go FromChatRequest,
 * FromCompleteRequest): `temperature` and `top_p` are 1 where the client names none, and a completion
 * has its penalties always. Undefined where Ollama answers 400.
 */
export function toNativeOptions(document: Document, run: OpenAiRun): string | undefined {
  const limit = readInteger(document, 'max_tokens')
  const seed = readInteger(document, 'seed')
  const stop = readStop(document, run)
  if (limit === 'refused' || seed === 'refused' || stop === 'refused') return undefined
  const penalty = run === 'chat' ? undefined : '0'
  const floats = {
    frequency_penalty: readFloat(document, 'frequency_penalty', run) ?? penalty,
    presence_penalty: readFloat(document, 'presence_penalty', run) ?? penalty,
    temperature: readFloat(document, 'temperature', run) ?? '1',
    top_p: readTopP(document, run),
  }
  if (Object.values(floats).includes('refused')) return undefined
  const { frequency_penalty, presence_penalty, ...sampling } = floats
  const options: RawMembers = [
    ['frequency_penalty', frequency_penalty],
    ['num_predict', limit],
    ['presence_penalty', presence_penalty],
    ['seed', seed],
    ['stop', stop],
    ...Object.entries(sampling),
  ]
  return writeObject(options)
}

type Read = string | 'refused' | undefined

/** Go's int, of 64 bits, takes no fraction and no exponent. */
const INTEGER = /^-?\d{1,18}$/

/** A field of Go's type int: its lexeme; undefined where there is none. */
export function readInteger(document: Document, name: string): Read {
  const lexeme = readNumber(document, name)
  return lexeme === undefined || INTEGER.test(lexeme) ? lexeme : 'refused'
}

function readNumber(document: Document, name: string): Read {
  const member = document.members.get(name)
  if (member === undefined || member.type === 'null') return undefined
  return member.type === 'number' ? readLexeme(document, member) : 'refused'
}

/** Completions have float32, chats float64; what does not fit is a 400. */
function readFloat(document: Document, name: string, run: OpenAiRun): Read {
  const lexeme = readNumber(document, name)
  if (lexeme === undefined || lexeme === 'refused') return lexeme
  const value = Number(lexeme)
  return Number.isFinite(run === 'chat' ? value : Math.fround(value)) ? lexeme : 'refused'
}

/** A completion cannot have a `top_p` of 0: that is Go's word for none there. */
function readTopP(document: Document, run: OpenAiRun): Read {
  const lexeme = readFloat(document, 'top_p', run)
  if (lexeme === undefined) return '1'
  return run === 'completion' && Math.fround(Number(lexeme)) === 0 ? '1' : lexeme
}

/** A text becomes a list of one; a list keeps its texts, and must have no others in a completion. */
function readStop(document: Document, run: OpenAiRun): Read {
  const member = document.members.get('stop')
  if (member?.type === 'string') return `[${readLexeme(document, member)}]`
  if (member?.type !== 'array') return undefined
  const { bytes } = document
  const starts = [...listElements(bytes, member.start)]
  const texts = starts.filter((start) => bytes[start] === QUOTE)
  if (run === 'completion' && texts.length < starts.length) return 'refused'
  // Go's nil slice, which the native route takes for none.
  if (texts.length === 0) return 'null'
  return `[${texts.map((at) => bytes.toString('utf8', at, skipValue(bytes, at))).join(',')}]`
}

/** How much a request asks the model to think. */
const EFFORTS: Readonly<Record<string, string>> = {
  none: 'false',
  minimal: '"low"',
  low: '"low"',
  medium: '"medium"',
  high: '"high"',
  xhigh: '"max"',
  ultra: '"max"',
  max: '"max"',
}

/** Efforts that the older form refuses. */
const NEWER_EFFORTS: ReadonlySet<string> = new Set(['minimal', 'xhigh', 'ultra'])

/** The native `think` of an effort; undefined for none, which leaves it to the model. */
export function toThink(effort: string, form: OpenAiForm): Read {
  if (effort === '') return undefined
  if (form === 'older' && NEWER_EFFORTS.has(effort)) return 'refused'
  return Object.hasOwn(EFFORTS, effort) ? EFFORTS[effort] : 'refused'
}

/** Whether a field is `true`; Go's bool takes `false` and `null` for the same. */
export function isTrue(document: Document, name: string): boolean {
  return document.members.get(name)?.type === 'true'
}

/** The text of a field of Go's type string, empty where there is none. */
export function readGoString(document: Document, name: string): string {
  return readString(document, name) ?? ''
}
