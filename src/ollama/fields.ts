import { COMPATIBLE } from './compatible-fields.ts'
import type { Endpoint } from './endpoints.ts'
import {
  ANY,
  BOOLEAN,
  type Dialect,
  type Field,
  ignored,
  inert,
  keyed,
  listRead,
  MODEL,
  NOTHING,
  type Shape,
} from './field.ts'

/** The words of this table, beside it in their own file. */
export type { Dialect, Field, Shape } from './field.ts'

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

/** On every native route that runs a model. */
const COMMON: readonly [string, Field][] = [
  ['model', MODEL],
  // Other types and other texts are Ollama's 400 as well: keep-alive.ts reads the value.
  ['keep_alive', { ...inert(['string', 'number']), bypass: ['unload', 'pin'] }],
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
  ['_debug_render_only', { ...keyed(BOOLEAN), bypass: ['debug'] }],
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
  // What other routes call the model; generate does not read it (corpus 188).
  ['name', ignored()],
])

const CHAT = new Map([
  ...GENERATION,
  ['messages', keyed(['array'])],
  ['tools', keyed(['array'])],
  // What ollama-ai-provider-v2 sends beside `options`.
  ['temperature', ignored()],
  ['max_output_tokens', ignored()],
  ['tool_choice', ignored()],
])

const EMBED = new Map([
  ...COMMON,
  ['input', keyed(['string', 'array'])],
  ['truncate', keyed(BOOLEAN)],
  ['dimensions', keyed(['number'])],
])

const EMBEDDINGS = new Map([...COMMON, ['prompt', keyed(['string'])]])

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
  const shape = { fields: listRead(fields), inside }
  return { fields, question, shape, unasked: 'load', parameters: 'options' }
}

/** The language of a route; undefined for a route whose bodies Reprise does not read. */
export function dialectOf(endpoint: Endpoint): Dialect | undefined {
  const { path } = endpoint
  return path.startsWith('/v1/')
    ? COMPATIBLE.get(path.slice('/v1/'.length))
    : DIALECTS.get(path.slice('/api/'.length))
}
