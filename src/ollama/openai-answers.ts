import { shapeError } from './error-shape.ts'
import { readFrame, readText } from './frame.ts'
import { toGoString } from './go-json.ts'
import { toOpenAiCalls } from './openai-calls.ts'
import { type OpenAiValues, readUsage } from './openai-values.ts'
import { type RawObject, readObject, readRaw, writeObject } from './raw-members.ts'

/** A native whole answer of a chat as OpenAI's (openai/openai.go ToChatCompletion; corpus 361–382). */
export function toChatCompletion(answer: Buffer, values: OpenAiValues): Buffer {
  const whole: RawObject = { data: answer, members: readFrame(answer) ?? new Map() }
  const message = readObject(whole, 'message')
  const calls = message === undefined ? [] : toOpenAiCalls(message)
  const reason = readRaw(whole, 'done_reason') ?? 'null'
  const mayBeCalls = reason === '"stop"' || values.form === 'older'
  const thinking = message && readRaw(message, 'thinking')
  const logprobs = readRaw(whole, 'logprobs')
  const choice = writeObject([
    ['index', '0'],
    [
      'message',
      writeObject([
        ['role', (message && readRaw(message, 'role')) ?? '""'],
        ['content', (message && readRaw(message, 'content')) ?? '""'],
        ['reasoning', thinking === '""' ? undefined : thinking],
        ['tool_calls', calls.length === 0 ? undefined : `[${calls.join(',')}]`],
      ]),
    ],
    ['finish_reason', calls.length > 0 && mayBeCalls ? '"tool_calls"' : reason],
    ['logprobs', logprobs === undefined ? undefined : `{"content":${logprobs}}`],
  ])
  return writeAnswer('chat.completion', whole, choice, values)
}

/** A native whole answer of a generation as OpenAI's (ToCompletion; corpus 401–409). */
export function toCompletion(answer: Buffer, values: OpenAiValues): Buffer {
  const whole: RawObject = { data: answer, members: readFrame(answer) ?? new Map() }
  const choice = writeObject([
    ['text', readRaw(whole, 'response') ?? '""'],
    ['index', '0'],
    ['finish_reason', readRaw(whole, 'done_reason') ?? 'null'],
  ])
  return writeAnswer('text_completion', whole, choice, values)
}

function writeAnswer(
  object: 'chat.completion' | 'text_completion',
  whole: RawObject,
  choice: string,
  values: OpenAiValues,
): Buffer {
  const json = writeObject([
    ['id', toGoString(values.id)],
    ['object', `"${object}"`],
    ['created', String(values.createdSeconds)],
    ['model', whole.members.has('model') ? toGoString(values.model) : '""'],
    ['system_fingerprint', '"fp_ollama"'],
    ['choices', `[${choice}]`],
    ['usage', readUsage(whole)],
    // Only a chat tells it.
    ['_debug_info', object === 'chat.completion' ? readRaw(whole, '_debug_info') : undefined],
  ])
  return Buffer.from(`${json}\n`)
}

/**
 * A native error as these routes tell it, with a line end, `application/json` (middleware/openai.go
 * writeError; corpus 385, 407, 420). What is no JSON becomes the message as it is.
 */
export function toOpenAiError(path: string, status: number, body: Buffer): Buffer {
  const members = readFrame(body)
  const message = members === undefined ? body.toString() : readText(body, members, 'error')
  const told = message || 'something went wrong, please see the ollama server logs for details'
  const shaped = shapeError(path, status, '').toString()
  return Buffer.from(`${shaped.replace('"message":""', () => `"message":${toGoString(told)}`)}\n`)
}
