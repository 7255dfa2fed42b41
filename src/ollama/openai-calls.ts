import { readText } from './frame.ts'
import { toGoString } from './go-json.ts'
import { OPEN_OBJECT } from './lexemes.ts'
import { listObjects, type RawObject, readObject, readRaw, writeObject } from './raw-members.ts'
import { isUnambiguous } from './tokenizer.ts'
import { listElements } from './walk.ts'

/**
 * The tool calls of a message as native ones (openai/openai.go FromCompletionToolCall): arguments are
 * JSON in a string there, an object here. Undefined where Ollama answers 400 or might read them in
 * another way.
 */
export function toNativeCalls(message: RawObject): string[] | undefined {
  const calls: string[] = []
  if (!isListOfObjects(message, 'tool_calls')) return undefined
  for (const call of listObjects(message, 'tool_calls')) {
    const native = toNativeCall(call)
    if (native === undefined) return undefined
    calls.push(native)
  }
  return calls
}

function toNativeCall(call: RawObject): string | undefined {
  const id = readGoText(call, 'id')
  const asked = readObject(call, 'function')
  const name = asked && readGoText(asked, 'name')
  const text = asked && readGoText(asked, 'arguments')
  if (id === undefined || name === undefined || text === undefined) return undefined
  // Also refuses what is no object, and a name that stands twice.
  if (!isUnambiguous(Buffer.from(text), undefined)) return undefined
  return writeObject([
    ['id', id === '' ? undefined : toGoString(id)],
    ['function', `{"index":0,"name":${toGoString(name)},"arguments":${text.trim()}}`],
  ])
}

/** Whether a member is absent, `null`, or a list of objects. */
function isListOfObjects(object: RawObject, name: string): boolean {
  const list = object.members.get(name)
  if (list === undefined || list.type === 'null') return true
  if (list.type !== 'array') return false
  const { data } = object
  return [...listElements(data, list.start)].every((start) => data[start] === OPEN_OBJECT)
}

/** A field of Go's type string: empty where it is absent or `null`; undefined for another type. */
export function readGoText(object: RawObject, name: string): string | undefined {
  const type = object.members.get(name)?.type
  if (type === undefined || type === 'null') return ''
  return type === 'string' ? readText(object.data, object.members, name) : undefined
}

/** The calls of a native message as OpenAI's (ToToolCalls): arguments as the JSON Ollama wrote, in a string. */
export function toOpenAiCalls(message: RawObject): string[] {
  return listObjects(message, 'tool_calls').map((call) => {
    const asked = readObject(call, 'function')
    return writeObject([
      ['id', readRaw(call, 'id') ?? '""'],
      ['index', (asked && readRaw(asked, 'index')) ?? '0'],
      ['type', '"function"'],
      [
        'function',
        writeObject([
          ['name', (asked && readRaw(asked, 'name')) ?? '""'],
          ['arguments', toGoString((asked && readRaw(asked, 'arguments')) ?? '{}')],
        ]),
      ],
    ])
  })
}
