import { DONE, toEventFrame } from './event.ts'
import { toOpenAiCalls } from './openai-calls.ts'
import {
  type ChunkWriter,
  type OpenAiValues,
  readNativeFrame,
  writeHead,
  writeUsage,
} from './openai-values.ts'
import { type RawMembers, type RawObject, readObject, readRaw, writeObject } from './raw-members.ts'

/**
 * Chat chunks as v0.24.0 writes them (corpus v0.24.0 362, 376, 380): the role in each, and the reason in
 * the chunk of the last frame, which is `tool_calls` after any call.
 */
export function createOlderChatChunks(
  values: OpenAiValues,
  usage: 'shown' | 'hidden',
): ChunkWriter {
  let hasCalled = false
  return (bytes) => {
    const frame = readNativeFrame(bytes)
    const head = writeHead('chat.completion.chunk', frame, values)
    const { choices, calls } = listChoices(frame, hasCalled ? 'called' : 'not-called')
    hasCalled ||= calls > 0
    const events = choices.map((choice) =>
      toEventFrame('', writeObject([...head, ['choices', `[${choice}]`]])),
    )
    if (readRaw(frame, 'done') === 'true') {
      if (usage === 'shown') events.push(writeUsage(head, frame))
      events.push(toEventFrame('', DONE))
    }
    return Buffer.concat(events)
  }
}

/** Thinking and what follows it in the same frame are two chunks. */
function listChoices(
  frame: RawObject,
  past: 'called' | 'not-called',
): { choices: string[]; calls: number } {
  const message = readObject(frame, 'message')
  const calls = message === undefined ? [] : toOpenAiCalls(message)
  const content = (message && readRaw(message, 'content')) ?? '""'
  const sent = message && readRaw(message, 'thinking')
  const thinking = sent === '""' ? undefined : sent
  const logprobs = readRaw(frame, 'logprobs')
  const told = logprobs === undefined ? undefined : `{"content":${logprobs}}`
  const toolCalls = calls.length === 0 ? undefined : `[${calls.join(',')}]`
  const done = readRaw(frame, 'done_reason')
  const hasCalls = past === 'called' || calls.length > 0
  const reason = done !== undefined && hasCalls ? '"tool_calls"' : (done ?? 'null')
  const write = (delta: RawMembers, end: string, probabilities: string | undefined): string =>
    writeObject([
      ['index', '0'],
      ['delta', writeObject([['role', '"assistant"'], ...delta])],
      ['finish_reason', end],
      ['logprobs', probabilities],
    ])
  const rest: RawMembers = [['content', content]]
  const called: RawMembers = [['tool_calls', toolCalls]]
  const reasoning: RawMembers = [['reasoning', thinking]]
  if (thinking === undefined || (content === '""' && calls.length === 0)) {
    return {
      choices: [write([...rest, ...reasoning, ...called], reason, told)],
      calls: calls.length,
    }
  }
  const first = write([['content', '""'], ...reasoning], 'null', told)
  return { choices: [first, write([...rest, ...called], reason, undefined)], calls: calls.length }
}
