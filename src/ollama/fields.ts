import type { Endpoint } from './endpoints.ts'
import type { ValueType } from './walk.ts'

/** What Reprise knows of one field of a request body. */
export interface Field {
  /** The JSON types Ollama decodes; another one is its 400. `null` it takes everywhere, as if absent. */
  readonly types: readonly ValueType[]
  /**
   * Whether the field is in the key. `inert` fields cannot change the answer; for `model` the digest
   * stands in the key.
   */
  readonly part: 'keyed' | 'inert' | 'model'
  /**
   * Values, in canonical spelling, that Ollama reads as if the field were absent and that clients
   * send: these leave the key. Short on purpose: what is not proved stays (`tools: []`, `context: []`
   * and `format: null` among them, which Ollama tells from an absent field).
   */
  readonly empty: readonly string[]
}

/** The fields a Go struct of Ollama has, and the structs inside them (arrays of a struct alike). */
export interface Shape {
  readonly fields: { has(name: string): boolean }
  readonly inside: ReadonlyMap<string, Shape>
}

/** The language of one native route: its fields, and the one without which a request only loads a model. */
export interface Dialect {
  readonly fields: ReadonlyMap<string, Field>
  readonly shape: Shape
  readonly question: 'prompt' | 'messages' | 'input'
}

/**
 * The options Ollama keeps as floats (api.Options, v0.24.0 and v0.32.15): they decode to the same
 * number however they are spelled. Every other option is told apart by its spelling.
 */
export const FLOAT_OPTIONS: ReadonlySet<string> = new Set([
  'temperature',
  'top_p',
  'min_p',
  'typical_p',
  'repeat_penalty',
  'presence_penalty',
  'frequency_penalty',
])

const BOOLEAN: readonly ValueType[] = ['true', 'false']
const ANY: readonly ValueType[] = ['string', 'number', 'object', 'array', 'true', 'false']

const keyed = (types: readonly ValueType[], ...empty: readonly string[]): Field => ({
  types,
  part: 'keyed',
  empty,
})

const inert = (types: readonly ValueType[]): Field => ({ types, part: 'inert', empty: [] })

/** On every native route that runs a model. */
const COMMON: readonly [string, Field][] = [
  ['model', { types: ['string'], part: 'model', empty: [] }],
  // Other types and other texts are Ollama's 400 as well: keep-alive.ts reads the value.
  ['keep_alive', inert(['string', 'number'])],
  ['options', keyed(['object'], '{}', 'null')],
]

/** On the two routes that generate. */
const GENERATION: readonly [string, Field][] = [
  ...COMMON,
  // Ollama streams from its runner in any case; `stream` only says how the answer is handed over.
  ['stream', inert(BOOLEAN)],
  ['format', keyed(ANY)],
  ['think', keyed([...BOOLEAN, 'string'], 'null')],
  ['truncate', keyed(BOOLEAN)],
  ['shift', keyed(BOOLEAN)],
  ['logprobs', keyed(BOOLEAN, 'false')],
  ['top_logprobs', keyed(['number'])],
  ['_debug_render_only', keyed(BOOLEAN)],
]

const GENERATE = new Map([
  ...GENERATION,
  ['prompt', keyed(['string'])],
  ['suffix', keyed(['string'], '""')],
  ['system', keyed(['string'], '""')],
  ['template', keyed(['string'], '""')],
  ['raw', keyed(BOOLEAN, 'false')],
  ['context', keyed(['array'])],
  ['images', keyed(['array'], '[]')],
])

const CHAT = new Map([...GENERATION, ['messages', keyed(['array'])], ['tools', keyed(['array'])]])

const EMBED = new Map([
  ...COMMON,
  ['input', keyed(['string', 'array'])],
  ['truncate', keyed(BOOLEAN)],
  ['dimensions', keyed(['number'])],
])

const EMBEDDINGS = new Map([...COMMON, ['prompt', keyed(['string'])]])

const NOTHING: ReadonlyMap<string, Shape> = new Map()

const CALLED_FUNCTION: Shape = {
  fields: new Set(['index', 'name', 'arguments']),
  inside: NOTHING,
}

const TOOL_CALL: Shape = {
  fields: new Set(['id', 'function']),
  inside: new Map([['function', CALLED_FUNCTION]]),
}

const MESSAGE: Shape = {
  fields: new Set([
    'role',
    'content',
    'thinking',
    'images',
    'tool_calls',
    'tool_name',
    'tool_call_id',
  ]),
  inside: new Map([['tool_calls', TOOL_CALL]]),
}

/** By the path below `/api/`; field lists from the structs of api/types.go, v0.24.0 and v0.32.15. */
const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  ['generate', toDialect(GENERATE, 'prompt')],
  ['chat', toDialect(CHAT, 'messages', new Map([['messages', MESSAGE]]))],
  ['embed', toDialect(EMBED, 'input')],
  ['embeddings', toDialect(EMBEDDINGS, 'prompt')],
])

function toDialect(
  fields: ReadonlyMap<string, Field>,
  question: Dialect['question'],
  inside = NOTHING,
): Dialect {
  return { fields, question, shape: { fields, inside } }
}

/** The language of a route; undefined for a route whose bodies Reprise does not read. */
export function dialectOf(endpoint: Endpoint): Dialect | undefined {
  const [, root, name] = endpoint.path.split('/')
  return root === 'api' && name !== undefined ? DIALECTS.get(name) : undefined
}
