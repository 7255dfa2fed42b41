import {
  listObjects,
  type RawMembers,
  type RawObject,
  readInside,
  readObject,
  readRaw,
  writeObject,
} from './raw-members.ts'

/**
 * The chunks of `/v1/chat/completions` as the whole answer that Ollama would have given (openai/openai.go
 * ToChatCompletion; corpus 361 against 362); undefined where they do not tell the end or the usage.
 */
export function foldChatChunks(chunks: readonly RawObject[]): string | undefined {
  const choices = chunks.flatMap((chunk) => listObjects(chunk, 'choices'))
  const deltas = choices.flatMap((choice) => readObject(choice, 'delta') ?? [])
  const probabilities = choices.flatMap((choice) => readObject(choice, 'logprobs') ?? [])
  const calls = joinLists(deltas, 'tool_calls')
  const reasoning = joinTexts(deltas, 'reasoning')
  const message = writeObject([
    ['role', '"assistant"'],
    ['content', `"${joinTexts(deltas, 'content')}"`],
    ['reasoning', reasoning === '' ? undefined : `"${reasoning}"`],
    ['tool_calls', calls === '' ? undefined : `[${calls}]`],
  ])
  const logprobs = `{"content":[${joinLists(probabilities, 'content')}]}`
  return writeAnswer('chat.completion', chunks, (reason) => [
    ['index', '0'],
    ['message', message],
    ['finish_reason', reason],
    ['logprobs', probabilities.length === 0 ? undefined : logprobs],
  ])
}

/** The same for `/v1/completions` (ToCompletion; corpus 401 against 402). */
export function foldCompletionChunks(chunks: readonly RawObject[]): string | undefined {
  const choices = chunks.flatMap((chunk) => listObjects(chunk, 'choices'))
  return writeAnswer('text_completion', chunks, (reason) => [
    ['text', `"${joinTexts(choices, 'text')}"`],
    ['index', '0'],
    ['finish_reason', reason],
  ])
}

function writeAnswer(
  object: string,
  chunks: readonly RawObject[],
  toChoice: (reason: string) => RawMembers,
): string | undefined {
  const [first] = chunks
  const reasons = chunks.flatMap((chunk) => listObjects(chunk, 'choices')).map(readReason)
  const reason = reasons.find((each) => each !== undefined)
  const usage = chunks.flatMap((chunk) => readRaw(chunk, 'usage') ?? []).at(-1)
  if (first === undefined || reason === undefined || usage === undefined) return undefined
  return `${writeObject([
    ['id', readRaw(first, 'id')],
    ['object', `"${object}"`],
    ['created', readRaw(first, 'created')],
    ['model', readRaw(first, 'model')],
    ['system_fingerprint', readRaw(first, 'system_fingerprint')],
    ['choices', `[${writeObject(toChoice(reason))}]`],
    ['usage', usage],
  ])}\n`
}

function readReason(choice: RawObject): string | undefined {
  const reason = readRaw(choice, 'finish_reason')
  return reason === 'null' ? undefined : reason
}

/** Escaped bytes behind each other: Go escapes no character in two pieces. */
function joinTexts(objects: readonly RawObject[], name: string): string {
  return objects.map((each) => readInside(each, name, 'string')).join('')
}

function joinLists(objects: readonly RawObject[], name: string): string {
  const parts = objects.map((each) => readInside(each, name, 'array'))
  return parts.filter((part) => part !== '').join(',')
}
