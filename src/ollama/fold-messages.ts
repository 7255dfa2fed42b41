import { readText } from './frame.ts'
import { type RawObject, readInside, readObject, readRaw, writeObject } from './raw-members.ts'

/**
 * The events of `/v1/messages` as the whole answer that Ollama would have given: all thinking, all
 * text, then the calls (anthropic/anthropic.go ToMessagesResponse; corpus 436 against 437). Undefined
 * where they do not tell the end.
 */
export function foldMessageEvents(events: readonly RawObject[]): string | undefined {
  const start = events.flatMap((event) => readObject(event, 'message') ?? [])[0]
  const end = events.findLast((event) => readObject(event, 'usage') !== undefined)
  const reason = end && readObject(end, 'delta')
  if (start === undefined || end === undefined || reason === undefined) return undefined
  const blocks = listBlocks(events)
  return `${writeObject([
    ['id', readRaw(start, 'id')],
    ['type', '"message"'],
    ['role', '"assistant"'],
    ['model', readRaw(start, 'model')],
    // Go's nil slice.
    ['content', blocks.length === 0 ? 'null' : `[${blocks.join(',')}]`],
    ['stop_reason', readRaw(reason, 'stop_reason')],
    ['usage', readRaw(end, 'usage')],
  ])}\n`
}

function listBlocks(events: readonly RawObject[]): string[] {
  const deltas = events.flatMap((event) => readObject(event, 'delta') ?? [])
  return [
    ...toTextBlock(deltas, 'thinking'),
    ...toTextBlock(deltas, 'text'),
    ...listCalls(events, deltas),
  ]
}

function toTextBlock(deltas: readonly RawObject[], name: 'thinking' | 'text'): string[] {
  const text = deltas.map((delta) => readInside(delta, name, 'string')).join('')
  return text === '' ? [] : [`{"type":"${name}","${name}":"${text}"}`]
}

/** Each call is one start and one delta with all of its arguments, as JSON in a string. */
function listCalls(events: readonly RawObject[], deltas: readonly RawObject[]): string[] {
  const inputs = deltas.flatMap(
    (delta) => readText(delta.data, delta.members, 'partial_json') ?? [],
  )
  const calls = events
    .flatMap((event) => readObject(event, 'content_block') ?? [])
    .filter((block) => readRaw(block, 'type') === '"tool_use"')
  return calls.map((call, index) =>
    writeObject([
      ['type', '"tool_use"'],
      ['id', readRaw(call, 'id')],
      ['name', readRaw(call, 'name')],
      ['input', inputs[index]],
    ]),
  )
}
