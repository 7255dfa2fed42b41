import { type Body, GoError, isObject } from './origin-decode.ts'

type Kind = 'string' | 'bool' | 'number' | 'array' | 'object'

/** Fields whose type Ollama checks while it decodes, with the Go type its error names. */
const FIELDS: Readonly<Record<string, readonly [Kind, string]>> = {
  model: ['string', 'string'],
  prompt: ['string', 'string'],
  suffix: ['string', 'string'],
  system: ['string', 'string'],
  template: ['string', 'string'],
  stream: ['bool', 'bool'],
  raw: ['bool', 'bool'],
  options: ['object', 'map[string]interface {}'],
  messages: ['array', '[]api.Message'],
  tools: ['array', 'api.Tools'],
  temperature: ['number', 'float64'],
}

const STRUCTS: Readonly<Record<string, string>> = {
  '/api/generate': 'GenerateRequest',
  '/api/chat': 'ChatRequest',
  '/api/embed': 'EmbedRequest',
  '/api/embeddings': 'EmbeddingRequest',
  '/api/show': 'ShowRequest',
  '/v1/chat/completions': 'ChatCompletionRequest',
  '/v1/completions': 'CompletionRequest',
}

/** A decoded value as the request of its route; throws what Go says of a wrong type (corpus 151–162, 279–299). */
export function toRequest(path: string, value: unknown): Body {
  const struct = STRUCTS[path] ?? 'Request'
  if (value === null) return {}
  if (!isObject(value)) {
    const kind = toKind(value)
    throw new GoError(`json: cannot unmarshal ${kind} into Go value of type api.${struct}`)
  }
  for (const [name, member] of Object.entries(value)) checkField(struct, name, member)
  // What is null stays unset, but for `format`, whose null is a value (corpus 114).
  const set = Object.entries(value).filter(([name, member]) => member !== null || name === 'format')
  const body = Object.fromEntries(set)
  if (struct === 'ChatRequest') checkMessages(body.messages)
  if (path.startsWith('/api/')) {
    checkKeepAlive(body.keep_alive)
    checkThink(body.think)
  }
  return body
}

function toKind(value: unknown): Kind {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'object' ? 'object' : (typeof value as Kind)
}

function checkField(struct: string, name: string, value: unknown): void {
  const [kind, type] = FIELDS[name] ?? []
  if (kind === undefined || value === null || toKind(value) === kind) return
  const field = `Go struct field ${struct}.${name} of type ${type}`
  throw new GoError(`json: cannot unmarshal ${toKind(value)} into ${field}`)
}

function checkMessages(messages: unknown): void {
  for (const message of Array.isArray(messages) ? messages : []) {
    const { content = '', images = [] } = message as { content?: unknown; images?: string[] }
    if (content !== null && typeof content !== 'string') {
      const field = 'Go struct field ChatRequest.messages.content of type string'
      throw new GoError(`json: cannot unmarshal ${toKind(content)} into ${field}`)
    }
    const bad = images?.find((image) => !/^[A-Za-z0-9+/\r\n]*=*$/.test(image))
    if (bad !== undefined) throw new GoError('illegal base64 data at input byte 0')
  }
}

/** Ollama's `Duration`: seconds, or a Go duration with its units (corpus 223–247). */
function checkKeepAlive(value: unknown): void {
  if (value === undefined || typeof value === 'number') return
  if (typeof value !== 'string') {
    const type = Array.isArray(value) ? '[]interface {}' : 'bool'
    throw new GoError(`Unsupported type: '${type}'`)
  }
  if (/^[-+]?\d*\.?\d+$/.test(value) && Number(value) !== 0) {
    throw new GoError(`time: missing unit in duration ${JSON.stringify(value)}`)
  }
  const isDuration = /^[-+]?(?:0|(?:\d*\.?\d+(?:ns|us|µs|ms|s|m|h))+)$/.test(value)
  // An int64 of nanoseconds holds 2,562,047 hours.
  const isTooLong = Number.parseFloat(value) > 2_562_047 && value.endsWith('h')
  if (!isDuration || isTooLong) {
    throw new GoError(`time: invalid duration ${JSON.stringify(value)}`)
  }
}

function checkThink(value: unknown): void {
  if (typeof value !== 'string' || ['high', 'medium', 'low', 'max'].includes(value)) return
  throw new GoError(
    `invalid think value: "${value}" (must be "high", "medium", "low", "max", true, or false)`,
  )
}
