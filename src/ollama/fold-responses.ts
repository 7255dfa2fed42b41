import type { Document } from './document.ts'
import { readLexeme } from './document.ts'
import { readText } from './frame.ts'
import { toGoString } from './go-json.ts'
import { toGoValue } from './go-value.ts'
import {
  listObjects,
  type RawObject,
  readInside,
  readObject,
  readRaw,
  writeObject,
} from './raw-members.ts'

/** The members of a whole answer in Ollama's order (openai/responses.go ResponsesResponse). */
const ORDER = [
  ...['id', 'object', 'created_at', 'completed_at', 'status', 'incomplete_details', 'model'],
  ...['previous_response_id', 'instructions', 'output', 'error', 'tools', 'tool_choice'],
  ...['truncation', 'parallel_tool_calls', 'text', 'top_p', 'presence_penalty'],
  ...['frequency_penalty', 'top_logprobs', 'temperature', 'reasoning', 'usage'],
  ...['max_output_tokens', 'max_tool_calls', 'store', 'background', 'service_tier', 'metadata'],
  ...['safety_identifier', 'prompt_cache_key'],
]

const USAGE = [
  ...['input_tokens', 'output_tokens', 'total_tokens'],
  ...['input_tokens_details', 'output_tokens_details'],
]

/**
 * The events of `/v1/responses` as the whole answer that Ollama would have given: what the last event
 * holds, in the order of the struct instead of a map's (ToResponse; corpus 425 against 426). The tools
 * are echoed from the request, since the stream leaves out what a namespace holds. Undefined where the
 * end is missing.
 */
export function foldResponseEvents(
  events: readonly RawObject[],
  request: Document,
): string | undefined {
  const last = events.at(-1)
  const response = last && readObject(last, 'response')
  if (response === undefined || readRaw(response, 'status') !== '"completed"') return undefined
  const rewritten: Readonly<Record<string, string | undefined>> = {
    output: `[${listItems(response).join(',')}]`,
    tools: echoTools(request),
    text: writeText(response),
    reasoning: writeReasoning(response),
    usage: reorder(readObject(response, 'usage'), USAGE),
  }
  const members = ORDER.map((name) => [name, rewritten[name] ?? readRaw(response, name)] as const)
  return `${writeObject(members)}\n`
}

function reorder(object: RawObject | undefined, names: readonly string[]): string | undefined {
  return object && writeObject(names.map((name) => [name, readRaw(object, name)]))
}

const FORMAT = ['type', 'name', 'schema', 'strict']

function writeText(response: RawObject): string | undefined {
  const text = readObject(response, 'text')
  return text && writeObject([['format', reorder(readObject(text, 'format'), FORMAT)]])
}

/** The stream says `null` where the whole answer says nothing. */
function writeReasoning(response: RawObject): string | undefined {
  const reasoning = readObject(response, 'reasoning')
  if (reasoning === undefined) return undefined
  return writeObject(
    ['effort', 'summary'].map((name) => {
      const raw = readRaw(reasoning, name)
      return [name, raw === 'null' ? undefined : raw]
    }),
  )
}

/** One reasoning, then the calls, or the message where there are none. */
function listItems(response: RawObject): string[] {
  const items = listObjects(response, 'output')
  const ofType = (type: string) => items.filter((item) => readRaw(item, 'type') === `"${type}"`)
  const id = readText(response.data, response.members, 'id') ?? ''
  const calls = ofType('function_call').map((call, index) => writeCall(call, `fc_${id}_${index}`))
  const thinking = joinParts(ofType('reasoning'), 'summary')
  const reasoning = thinking === '' ? [] : [writeReasoningItem(thinking, `rs_${id}`)]
  const messages = ofType('message')
  // Without any text the stream has no message, and its id was never told.
  const messageId = messages[0] ? readRaw(messages[0], 'id') : `"${id.replace('resp_', 'msg_')}"`
  const message = writeMessage(joinParts(messages, 'content'), messageId)
  return [...reasoning, ...(calls.length > 0 ? calls : [message])]
}

function joinParts(items: readonly RawObject[], name: 'summary' | 'content'): string {
  const parts = items.flatMap((item) => listObjects(item, name))
  return parts.map((part) => readInside(part, 'text', 'string')).join('')
}

function writeReasoningItem(text: string, id: string): string {
  const summary = `[{"type":"summary_text","text":"${text}"}]`
  return `{"id":"${id}","type":"reasoning","summary":${summary},"encrypted_content":"${text}"}`
}

function writeCall(call: RawObject, id: string): string {
  return writeObject([
    ['id', `"${id}"`],
    ['type', '"function_call"'],
    ['status', readRaw(call, 'status')],
    ['call_id', readRaw(call, 'call_id')],
    ['name', readRaw(call, 'name')],
    ['arguments', readRaw(call, 'arguments')],
  ])
}

function writeMessage(text: string, id: string | undefined): string {
  const part = `{"type":"output_text","text":"${text}","annotations":[],"logprobs":[]}`
  const head = `"type":"message","status":"completed","role":"assistant"`
  return `{"id":${id},${head},"content":[${part}]}`
}

function echoTools(request: Document): string {
  const tools = request.members.get('tools')
  if (tools?.type !== 'array') return '[]'
  return `[${(JSON.parse(readLexeme(request, tools)) as Tool[]).map(writeTool).join(',')}]`
}

interface Tool {
  readonly type?: string
  readonly name?: string
  readonly description?: string | null
  readonly strict?: boolean | null
  readonly parameters?: object | null
  readonly tools?: readonly Tool[] | null
}

/** As Go writes its struct ResponsesTool. */
function writeTool(tool: Tool): string {
  const { tools } = tool
  return writeObject([
    ['type', toGoString(tool.type ?? '')],
    ['name', toGoString(tool.name ?? '')],
    ['description', toGoValue(tool.description ?? null)],
    ['strict', toGoValue(tool.strict ?? null)],
    ['parameters', toGoValue(tool.parameters ?? null)],
    ['tools', tools && tools.length > 0 ? `[${tools.map(writeTool).join(',')}]` : undefined],
  ])
}
