import { toEventFrame } from './event.ts'
import { readFrame, readNumber } from './frame.ts'
import { toGoString } from './go-json.ts'
import { type RawMembers, type RawObject, writeObject } from './raw-members.ts'

/**
 * How a version of Ollama writes chats: `newer` as v0.32.15, `older` as v0.24.0, which repeats the role
 * in each chunk, tells the reason in the last frame's own, and knows fewer efforts. The change came with
 * ollama/ollama#17485, of summer 2026.
 */
export type OpenAiForm = 'newer' | 'older'

/** The form of a version of Ollama; newest where the version says nothing, as builds from source do (`0.0.0`). */
export function toForm(version: string | undefined): OpenAiForm {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number)
  const isOlder = major === 0 && minor > 0 && minor < FIRST_NEWER_MINOR
  return isOlder ? 'older' : 'newer'
}

/** 0.24 writes the older form, 0.32 the newer one; between them nothing was recorded. */
const FIRST_NEWER_MINOR = 32

/** What is new in each answer. */
export interface OpenAiValues {
  /** `chatcmpl-<n>` or `cmpl-<n>`. */
  readonly id: string
  /** As this client wrote it. */
  readonly model: string
  /** Now, in whole seconds since 1970: one for the whole answer. */
  readonly createdSeconds: number
  readonly form: OpenAiForm
}

/** The counts of a native last frame as OpenAI's usage; Ollama leaves out what is 0. */
export function readUsage({ data, members }: RawObject): string {
  const prompt = readNumber(data, members, 'prompt_eval_count')
  const tokens = readNumber(data, members, 'eval_count')
  return writeObject([
    ['prompt_tokens', String(prompt)],
    ['completion_tokens', String(tokens)],
    ['total_tokens', String(prompt + tokens)],
  ])
}

/** Writes the native frames of one answer, in order, as events; each call gives those of one frame. */
export type ChunkWriter = (frame: Buffer) => Buffer

/** A native frame; what is no JSON has no members, as Ollama reads on from it. */
export function readNativeFrame(bytes: Buffer): RawObject {
  return { data: bytes, members: readFrame(bytes) ?? new Map() }
}

/** What each chunk begins with; a frame without a model, such as an error line, has an empty one. */
export function writeHead(object: string, frame: RawObject, values: OpenAiValues): RawMembers {
  return [
    ['id', toGoString(values.id)],
    ['object', `"${object}"`],
    ['created', String(values.createdSeconds)],
    ['model', frame.members.has('model') ? toGoString(values.model) : '""'],
    ['system_fingerprint', '"fp_ollama"'],
  ]
}

/** The event that tells the usage, behind the last chunk. */
export function writeUsage(head: RawMembers, frame: RawObject): Buffer {
  const members: RawMembers = [...head, ['choices', '[]'], ['usage', readUsage(frame)]]
  return toEventFrame('', writeObject(members))
}
