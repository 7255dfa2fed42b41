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
import type { ValueType } from './walk.ts'

const NUMBER: readonly ValueType[] = ['number']
const TEXT: readonly ValueType[] = ['string']
const LIST: readonly ValueType[] = ['array']
const OBJECT: readonly ValueType[] = ['object']

/** Tools may let the origin search the web (its middleware/anthropic.go and openai/responses.go). */
const TOOLS: Field = { ...keyed(LIST), bypass: ['web-search'] }

const DEBUG: Field = { ...keyed(BOOLEAN), bypass: ['debug'] }

/** Only says how the answer is handed over. */
const STREAM: readonly [string, Field][] = [
  ['model', MODEL],
  ['stream', inert(BOOLEAN)],
]

/** On the two OpenAI routes that generate text from messages or a prompt. */
const OPENAI: readonly [string, Field][] = [
  ...STREAM,
  // Says whether the stream tells the usage; Ollama counts in any case.
  ['stream_options', inert(OBJECT)],
  ['max_tokens', keyed(NUMBER)],
  ['seed', keyed(NUMBER)],
  ['stop', keyed(ANY)],
  ['temperature', { ...keyed(NUMBER), bypass: ['temperature'] }],
  ['top_p', keyed(NUMBER)],
  ['frequency_penalty', keyed(NUMBER)],
  ['presence_penalty', keyed(NUMBER)],
  ['_debug_render_only', DEBUG],
]

/** What OpenAI's own clients and frameworks send, and Ollama's translation has no field for. */
const UNREAD: readonly [string, Field][] = [
  'options',
  'keep_alive',
  'max_completion_tokens',
  'metadata',
  'n',
  'parallel_tool_calls',
  'service_tier',
  'store',
  'tool_choice',
  'user',
].map((name): [string, Field] => [name, ignored()])

const CHAT = new Map([
  ...UNREAD,
  ...OPENAI,
  ['messages', keyed(LIST)],
  ['response_format', keyed(OBJECT)],
  ['tools', keyed(LIST)],
  ['reasoning', keyed(OBJECT)],
  ['reasoning_effort', keyed(TEXT)],
  ['logprobs', keyed(BOOLEAN)],
  ['top_logprobs', keyed(NUMBER)],
])

const COMPLETIONS = new Map([
  ...UNREAD,
  ...OPENAI,
  ['prompt', keyed(TEXT)],
  ['suffix', keyed(TEXT)],
  ['logprobs', keyed(NUMBER)],
])

const EMBEDDINGS = new Map<string, Field>([
  ['model', MODEL],
  ['input', keyed(['string', 'array'])],
  ['dimensions', keyed(NUMBER)],
  // Only says how the same vector is written.
  ['encoding_format', inert(TEXT)],
  ['user', ignored()],
])

/** All of them are echoed in the answer, which is why none but `stream` may leave the key. */
const RESPONSES = new Map<string, Field>([
  ...UNREAD,
  ...STREAM,
  ['input', keyed(['string', 'array'])],
  ['instructions', keyed(TEXT)],
  ['background', keyed(BOOLEAN)],
  ['conversation', keyed(ANY)],
  ['include', keyed(LIST)],
  ['max_output_tokens', keyed(NUMBER)],
  ['reasoning', keyed(OBJECT)],
  ['temperature', { ...keyed(NUMBER), bypass: ['temperature'] }],
  ['text', keyed(OBJECT)],
  ['tools', TOOLS],
  ['top_p', keyed(NUMBER)],
  ['truncation', keyed(TEXT)],
])

const MESSAGES = new Map<string, Field>([
  ...STREAM,
  ['messages', keyed(LIST)],
  ['max_tokens', keyed(NUMBER)],
  ['metadata', keyed(OBJECT)],
  ['output_config', keyed(OBJECT)],
  ['stop_sequences', keyed(LIST)],
  ['system', keyed(ANY)],
  ['temperature', { ...keyed(NUMBER), bypass: ['temperature'] }],
  ['thinking', keyed(OBJECT)],
  ['tool_choice', keyed(OBJECT)],
  ['tools', TOOLS],
  ['top_k', keyed(NUMBER)],
  ['top_p', keyed(NUMBER)],
])

const shape = (names: readonly string[], inside: Shape['inside'] = NOTHING): Shape => ({
  fields: new Set(names),
  inside,
})

const CALL = shape(
  ['id', 'index', 'type', 'function'],
  new Map([['function', shape(['name', 'arguments'])]]),
)

const MESSAGE = shape(
  ['role', 'content', 'reasoning', 'tool_calls', 'name', 'tool_call_id'],
  new Map([['tool_calls', CALL]]),
)

const TOOL = shape(
  ['type', 'items', 'function'],
  new Map([['function', shape(['name', 'description', 'parameters'])]]),
)

const FORMAT = shape(['type', 'json_schema'], new Map([['json_schema', shape(['schema'])]]))

const CHAT_SHAPES: ReadonlyMap<string, Shape> = new Map([
  ['messages', MESSAGE],
  ['tools', TOOL],
  ['response_format', FORMAT],
  ['reasoning', shape(['effort'])],
  ['stream_options', shape(['include_usage'])],
])

/** Content is read as a struct here: its parts decide whether there is a picture. */
const PARTS_SHAPES: ReadonlyMap<string, Shape> = new Map([
  ['messages', shape(['role', 'content'], new Map([['content', shape(['type', 'source'])]]))],
  ['tools', shape(['type', 'name', 'description', 'input_schema', 'max_uses'])],
])

const RESPONSES_SHAPES: ReadonlyMap<string, Shape> = new Map([
  ['input', shape(['type', 'role', 'content'], new Map([['content', shape(['type'])]]))],
  ['tools', shape(['type', 'name', 'description', 'strict', 'parameters', 'tools'])],
])

function toDialect(
  fields: ReadonlyMap<string, Field>,
  inside: ReadonlyMap<string, Shape>,
  asks: Pick<Dialect, 'question' | 'unasked' | 'also'>,
): Dialect {
  const known = { fields: listRead(fields), inside }
  return { ...asks, fields, shape: known, parameters: 'top-level' }
}

/**
 * The OpenAI and Anthropic routes by their path below `/v1/`; field lists from the structs of
 * openai/openai.go, openai/responses.go and anthropic/anthropic.go, v0.32.15.
 */
export const COMPATIBLE: ReadonlyMap<string, Dialect> = new Map([
  ['chat/completions', toDialect(CHAT, CHAT_SHAPES, { question: 'messages', unasked: 'refused' })],
  [
    'completions',
    toDialect(COMPLETIONS, new Map([['stream_options', shape(['include_usage'])]]), {
      question: 'prompt',
      unasked: 'load',
    }),
  ],
  ['embeddings', toDialect(EMBEDDINGS, NOTHING, { question: 'input', unasked: 'refused' })],
  [
    'responses',
    toDialect(RESPONSES, RESPONSES_SHAPES, {
      question: 'input',
      also: 'instructions',
      unasked: 'load',
    }),
  ],
  ['messages', toDialect(MESSAGES, PARTS_SHAPES, { question: 'messages', unasked: 'refused' })],
])
