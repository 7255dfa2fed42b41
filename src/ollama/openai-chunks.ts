import { DONE, toEventFrame } from './event.ts'
import { toOpenAiCalls } from './openai-calls.ts'
import { createOlderChatChunks } from './openai-older-chunks.ts'
import {
  type ChunkWriter,
  type OpenAiValues,
  readNativeFrame,
  readUsage,
  writeHead,
  writeUsage,
} from './openai-values.ts'
import { type RawMembers, type RawObject, readObject, readRaw, writeObject } from './raw-members.ts'

/**
 * Chat chunks as middleware/openai.go ChatWriter writes them in v0.32.15 (corpus 362, 376, 380): the
 * role once, thinking apart from what follows it, the reason in a chunk of its own, then the usage
 * where it was asked for, then `[DONE]`. Like Ollama it makes an empty chunk of an error line.
 */
export function createChatChunks(values: OpenAiValues, usage: 'shown' | 'hidden'): ChunkWriter {
  if (values.form === 'older') return createOlderChatChunks(values, usage)
  let isFirst = true
  let hasCalled = false
  return (bytes) => {
    const frame = readNativeFrame(bytes)
    const head = writeHead('chat.completion.chunk', frame, values)
    const chunk = readChunk(frame)
    const isDone = readRaw(frame, 'done') === 'true'
    hasCalled ||= chunk.calls.length > 0
    // A last frame that only counts has no chunk of its own.
    const choices = isDone && !isFirst && isEmpty(chunk) ? [] : listChoices(chunk, isFirst)
    isFirst = false
    const events = choices.map((choice) => writeChunk(head, choice))
    if (isDone) {
      events.push(writeChunk(head, writeFinish(frame, hasCalled)))
      if (usage === 'shown') events.push(writeUsage(head, frame))
      events.push(toEventFrame('', DONE))
    }
    return Buffer.concat(events)
  }
}

interface Chunk {
  readonly content: string
  readonly thinking: string | undefined
  readonly calls: readonly string[]
  readonly logprobs: string | undefined
}

function readChunk(frame: RawObject): Chunk {
  const message = readObject(frame, 'message')
  const logprobs = readRaw(frame, 'logprobs')
  const thinking = message && readRaw(message, 'thinking')
  return {
    content: (message && readRaw(message, 'content')) ?? '""',
    thinking: thinking === '""' ? undefined : thinking,
    calls: message === undefined ? [] : toOpenAiCalls(message),
    logprobs: logprobs === undefined || logprobs === '[]' ? undefined : `{"content":${logprobs}}`,
  }
}

function isEmpty({ content, thinking, calls, logprobs }: Chunk): boolean {
  return content === '""' && !thinking && calls.length === 0 && logprobs === undefined
}

/** Thinking and what follows it in the same frame are two chunks (ToStreamChunks). */
function listChoices(chunk: Chunk, isFirst: boolean): string[] {
  const { content, thinking, calls, logprobs } = chunk
  const role: RawMembers = isFirst ? [['role', '"assistant"']] : []
  const toolCalls = calls.length === 0 ? undefined : `[${calls.join(',')}]`
  const rest: RawMembers = [['content', content]]
  const isMixed = thinking !== undefined && (content !== '""' || calls.length > 0)
  if (!isMixed) {
    const delta: RawMembers = [...role, ...rest, ['reasoning', thinking], ['tool_calls', toolCalls]]
    return [writeChoice(delta, 'null', logprobs)]
  }
  return [
    writeChoice([...role, ['reasoning', thinking]], 'null', logprobs),
    writeChoice([...rest, ['tool_calls', toolCalls]], 'null', undefined),
  ]
}

function writeChoice(delta: RawMembers, reason: string, logprobs: string | undefined): string {
  return writeObject([
    ['index', '0'],
    ['delta', writeObject(delta)],
    ['finish_reason', reason],
    ['logprobs', logprobs],
  ])
}

function writeFinish(frame: RawObject, hasCalled: boolean): string {
  const reason = readRaw(frame, 'done_reason') ?? '"stop"'
  return writeChoice([], hasCalled && reason === '"stop"' ? '"tool_calls"' : reason, undefined)
}

function writeChunk(head: RawMembers, choice: string): Buffer {
  return toEventFrame('', writeObject([...head, ['choices', `[${choice}]`]]))
}

/**
 * Completion chunks as CompleteWriter writes them (corpus 402): the reason in the last frame's own
 * chunk; where the usage was asked for, every chunk has one of zeros.
 */
export function createCompletionChunks(
  values: OpenAiValues,
  usage: 'shown' | 'hidden',
): ChunkWriter {
  return (bytes) => {
    const frame = readNativeFrame(bytes)
    const choice = writeObject([
      ['text', readRaw(frame, 'response') ?? '""'],
      ['index', '0'],
      ['finish_reason', readRaw(frame, 'done_reason') ?? 'null'],
    ])
    const write = (choices: string, count: string): Buffer =>
      writeCompletion(frame, values, choices, usage === 'shown' ? count : undefined)
    const events = [write(`[${choice}]`, NO_USAGE)]
    if (readRaw(frame, 'done') === 'true') {
      if (usage === 'shown') events.push(write('[]', readUsage(frame)))
      events.push(toEventFrame('', DONE))
    }
    return Buffer.concat(events)
  }
}

const NO_USAGE = '{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}'

/** The choices stand before the model here. */
function writeCompletion(
  frame: RawObject,
  values: OpenAiValues,
  choices: string,
  usage: string | undefined,
): Buffer {
  const [id, object, created, ...model] = writeHead('text_completion', frame, values)
  const members = [id, object, created, ['choices', choices] as const, ...model]
  const present = members.flatMap((member) => (member === undefined ? [] : [member]))
  return toEventFrame('', writeObject([...present, ['usage', usage]]))
}
