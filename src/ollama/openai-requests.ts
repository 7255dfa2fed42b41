import { type Document, readLexeme } from './document.ts'
import { readText } from './frame.ts'
import { toGoString } from './go-json.ts'
import { isRemoteName } from './names.ts'
import { fillMarks } from './openai-images.ts'
import { toNativeMessages } from './openai-messages.ts'
import { isTrue, readGoString, readInteger, toNativeOptions, toThink } from './openai-options.ts'
import type { OpenAiForm } from './openai-values.ts'
import { hasValidTypes } from './purpose.ts'
import { type RawObject, readObject, readRaw, writeObject } from './raw-members.ts'

/** A request as the native one that Ollama itself would have made of it. */
export interface NativeRequest {
  readonly path: '/api/chat' | '/api/generate' | '/api/embed'
  /** Made when it is first asked for: with a picture of 20 MB that takes as long as all before it. */
  readonly body: Buffer
}

/** A class for the sake of its getter: in a literal it held the body until the whole heap was gone through. */
class LazyRequest implements NativeRequest {
  readonly path: NativeRequest['path']
  readonly #json: string
  readonly #bytes: Buffer
  #body: Buffer | undefined

  constructor(path: NativeRequest['path'], json: string, bytes: Buffer) {
    this.path = path
    this.#json = json
    this.#bytes = bytes
  }

  get body(): Buffer {
    this.#body ??= fillMarks(this.#json, this.#bytes)
    return this.#body
  }
}

type Translate = (document: Document, form: OpenAiForm) => NativeRequest | undefined

const TRANSLATORS: Readonly<Record<string, Translate>> = {
  '/v1/chat/completions': translateChat,
  '/v1/completions': translateCompletion,
  '/v1/embeddings': translateEmbeddings,
}

/**
 * Does what Ollama's middleware does with a request of an OpenAI route (middleware/openai.go,
 * v0.24.0 and v0.32.15), so that parameters can be put in and native clients have the same entries. Undefined
 * where the request is to be forwarded untouched: one that Ollama answers with 400, one for a model that
 * runs elsewhere, and any route but three.
 */
export function translateRequest(
  path: string,
  document: Document,
  form: OpenAiForm,
): NativeRequest | undefined {
  const translate = Object.hasOwn(TRANSLATORS, path) ? TRANSLATORS[path] : undefined
  const { dialect } = document
  const model = readGoString(document, 'model')
  if (translate === undefined || dialect === undefined || model === '') return undefined
  if (isRemoteName(model) || !hasValidTypes(document, dialect)) return undefined
  return translate(document, form)
}

function translateChat(document: Document, form: OpenAiForm): NativeRequest | undefined {
  const messages = toNativeMessages(document)
  const options = toNativeOptions(document, 'chat')
  const think = toThink(readEffort(document), form)
  const format = readFormat(document)
  const top = readInteger(document, 'top_logprobs')
  if (messages === undefined || messages.length === 0 || options === undefined) return undefined
  if (think === 'refused' || format === 'refused' || top === 'refused') return undefined
  const body = writeObject([
    ['model', toGoString(readGoString(document, 'model'))],
    ['messages', `[${messages.join(',')}]`],
    ['stream', String(isTrue(document, 'stream'))],
    ['format', format],
    ['tools', readTools(document)],
    ['options', options],
    ['think', think],
    ['_debug_render_only', isTrue(document, '_debug_render_only') ? 'true' : undefined],
    ['logprobs', isTrue(document, 'logprobs') ? 'true' : undefined],
    ['top_logprobs', Number(top ?? 0) === 0 ? undefined : top],
  ])
  return new LazyRequest('/api/chat', body, document.bytes)
}

/** Go leaves an empty list out. */
function readTools(document: Document): string | undefined {
  const tools = document.members.get('tools')
  if (tools?.type !== 'array') return undefined
  const json = readLexeme(document, tools)
  return /^\[\s*\]$/.test(json) ? undefined : json
}

const toObject = ({ bytes, members }: Document): RawObject => ({ data: bytes, members })

/** `reasoning`, where it is an object at all, counts before `reasoning_effort`. */
function readEffort(document: Document): string {
  const reasoning = readObject(toObject(document), 'reasoning')
  if (reasoning === undefined) return readGoString(document, 'reasoning_effort')
  const type = reasoning.members.get('effort')?.type ?? 'null'
  if (type === 'null') return ''
  return readText(reasoning.data, reasoning.members, 'effort') ?? 'refused'
}

function readFormat(document: Document): string | 'refused' | undefined {
  const format = readObject(toObject(document), 'response_format')
  if (format === undefined) return undefined
  const isText = ['string', 'null', undefined].includes(format.members.get('type')?.type)
  const type = readText(format.data, format.members, 'type') ?? ''
  const inner = format.members.get('json_schema')?.type ?? 'null'
  if (!isText || (inner !== 'null' && inner !== 'object')) return 'refused'
  switch (type.trim().toLowerCase()) {
    case 'json_object':
      return '"json"'
    case 'json_schema': {
      const schema = readObject(format, 'json_schema')
      return schema && readRaw(schema, 'schema')
    }
    default:
      return undefined
  }
}

function translateCompletion(document: Document): NativeRequest | undefined {
  const options = toNativeOptions(document, 'completion')
  const top = readInteger(document, 'logprobs')
  if (options === undefined || top === 'refused') return undefined
  const hasProbabilities = Number(top ?? 0) > 0
  const suffix = readGoString(document, 'suffix')
  const body = writeObject([
    ['model', toGoString(readGoString(document, 'model'))],
    ['prompt', toGoString(readGoString(document, 'prompt'))],
    ['suffix', suffix === '' ? undefined : toGoString(suffix)],
    ['stream', String(isTrue(document, 'stream'))],
    ['options', options],
    ['_debug_render_only', isTrue(document, '_debug_render_only') ? 'true' : undefined],
    ['logprobs', hasProbabilities ? 'true' : undefined],
    ['top_logprobs', hasProbabilities ? top : undefined],
  ])
  return new LazyRequest('/api/generate', body, document.bytes)
}

/** The empty text is an input here, and none natively. */
function translateEmbeddings(document: Document): NativeRequest | undefined {
  const input = document.members.get('input')
  const dimensions = readInteger(document, 'dimensions')
  const encoding = readGoString(document, 'encoding_format')
  if (input === undefined || dimensions === 'refused') return undefined
  if (!/^(float|base64)?$/i.test(encoding)) return undefined
  const texts = readLexeme(document, input)
  if (input.type === 'null' || /^\[\s*\]$/.test(texts)) return undefined
  const body = writeObject([
    ['model', toGoString(readGoString(document, 'model'))],
    ['input', texts === '""' ? '[""]' : texts],
    ['dimensions', Number(dimensions ?? 0) === 0 ? undefined : dimensions],
  ])
  return new LazyRequest('/api/embed', body, document.bytes)
}
