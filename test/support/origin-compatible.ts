import { type Body, isObject } from './origin-decode.ts'
import { type Plan, toBodyPlan, toGoJson, toStreamPlan } from './origin-plan.ts'
import type { Refusal } from './origin-refusals.ts'
import { type Said, say, toTotals } from './origin-run.ts'
import { countTokens, toInputs, toUnitVector } from './origin-vectors.ts'
import { findModel, type SimulatedModel, type World } from './origin-world.ts'

const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  404: 'not_found_error',
}

/** An error of `/v1`. The layer itself says a charset and ends no line, Ollama's below it the reverse. */
export function toCompatibleError(path: string, refusal: Refusal, from: 'layer' | 'below'): Plan {
  const { status, error: message } = refusal
  const type = TYPES[status] ?? 'api_error'
  const value =
    path === '/v1/messages'
      ? { type: 'error', error: { type, message }, request_id: `req_${'0'.repeat(24)}` }
      : { error: { message, type, param: null, code: null } }
  const text = toGoJson(value)
  return from === 'layer'
    ? toBodyPlan(status, 'application/json; charset=utf-8', Buffer.from(text))
    : toBodyPlan(status, 'application/json', Buffer.from(`${text}\n`))
}

function toOk(value: object): Plan {
  return toBodyPlan(200, 'application/json', Buffer.from(`${toGoJson(value)}\n`))
}

const CREATED = 1_767_225_600

/** `GET /v1/models` and `/v1/models/:model` (corpus 421–423). */
export function listCompatible(world: World, path: string): Plan {
  const toEntry = (id: string) => ({ id, object: 'model', created: CREATED, owned_by: 'library' })
  if (path === '/v1/models') {
    return toOk({ object: 'list', data: [...world.models.keys()].map(toEntry) })
  }
  const name = decodeURIComponent(path.slice('/v1/models/'.length))
  if (findModel(world, name) !== undefined) return toOk(toEntry(name))
  return toCompatibleError(path, { status: 404, error: `model '${name}' not found` }, 'below')
}

/** Why the layer refuses a body before Ollama sees it (corpus 389, 414–417, 439–442). */
export function refuseCompatible(path: string, body: Body): Refusal | undefined {
  const bad = (error: string): Refusal => ({ status: 400, error })
  const hasMessages = Array.isArray(body.messages) && body.messages.length > 0
  if (path === '/v1/chat/completions' && !hasMessages) return bad("[] is too short - 'messages'")
  if (path === '/v1/messages') {
    if (!(Number(body.max_tokens) > 0)) return bad('max_tokens is required and must be positive')
    if (!hasMessages) return bad('messages is required')
  }
  if (path !== '/v1/embeddings') return undefined
  const format = body.encoding_format
  if (format !== undefined && format !== 'float' && format !== 'base64') {
    const values = "Supported values: ['float', 'base64']."
    return bad(`Invalid value for 'encoding_format' = ${format}. ${values}`)
  }
  return Array.isArray(body.input) && body.input.length === 0 ? bad('invalid input') : undefined
}

/** Answers of the `/v1` routes that run a model, as they were recorded (corpus 361–443). */
export function runCompatible(path: string, body: Body, model: SimulatedModel): Plan {
  if (path === '/v1/embeddings') return embedCompatible(path, body, model)
  const limit = body.max_tokens ?? body.max_output_tokens
  const options = limit === undefined ? {} : { options: { num_predict: limit } }
  const said = say(path, { ...body, ...options }, model)
  switch (path) {
    case '/v1/chat/completions':
      return chat(body, said)
    case '/v1/completions':
      return complete(body, said)
    case '/v1/messages':
      return message(body, said)
    default:
      return respond(body, said)
  }
}

const toEvents = (events: readonly (object | '[DONE]')[]): string =>
  events.map((event) => `data: ${event === '[DONE]' ? event : toGoJson(event)}\n\n`).join('')

/** The last chunk holds the final event, the usage where it is wanted, and `[DONE]`. */
function toSse(pieces: readonly string[]): Plan {
  return {
    ...toStreamPlan([], 'text/event-stream'),
    pieces: pieces.map((piece) => Buffer.from(piece)),
  }
}

function toUsage(said: Said) {
  const { prompt_eval_count: prompt_tokens, eval_count: completion_tokens } = toTotals(said)
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
}

function toCalls({ calls }: Said): object {
  if (calls.length === 0) return {}
  const [call] = calls as { id: string; function: { name: string; arguments: object } }[]
  const { name, arguments: args } = call?.function ?? { name: '', arguments: {} }
  const inner = { name, arguments: JSON.stringify(args) }
  return { tool_calls: [{ id: call?.id, index: 0, type: 'function', function: inner }] }
}

const toFinish = ({ calls, reason }: Said): string => (calls.length > 0 ? 'tool_calls' : reason)

const wantsUsage = ({ stream_options }: Body): boolean =>
  isObject(stream_options) && stream_options.include_usage === true

function chat(body: Body, said: Said): Plan {
  const toHead = (object: string) => ({
    id: 'chatcmpl-1',
    object,
    created: CREATED,
    model: body.model,
    system_fingerprint: 'fp_ollama',
  })
  const finish_reason = toFinish(said)
  if (body.stream !== true) {
    const content = said.words.join('')
    const choice = { index: 0, message: { role: 'assistant', content, ...toCalls(said) } }
    const choices = [{ ...choice, finish_reason }]
    return toOk({ ...toHead('chat.completion'), choices, usage: toUsage(said) })
  }
  const head = toHead('chat.completion.chunk')
  const toChunk = (delta: object, finish: string | null) => ({
    ...head,
    choices: [{ index: 0, delta, finish_reason: finish }],
  })
  const role = { role: 'assistant' }
  const deltas =
    said.calls.length > 0
      ? [{ ...role, content: '', ...toCalls(said) }]
      : said.words.map((content, i) => (i === 0 ? { ...role, content } : { content }))
  const usage = wantsUsage(body) ? [{ ...head, choices: [], usage: toUsage(said) }] : []
  return toSse([
    ...deltas.map((delta) => toEvents([toChunk(delta, null)])),
    toEvents([toChunk({}, finish_reason), ...usage, '[DONE]']),
  ])
}

function complete(body: Body, said: Said): Plan {
  const id = { id: 'cmpl-1', object: 'text_completion', created: CREATED }
  const model = { model: body.model, system_fingerprint: 'fp_ollama' }
  const isEmpty = !body.prompt
  const toChoices = (text: string, finish_reason: string | null) => ({
    choices: [{ text, index: 0, finish_reason }],
  })
  if (body.stream !== true) {
    const nothing = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
    const choices = isEmpty ? toChoices('', 'load') : toChoices(said.words.join(''), said.reason)
    return toOk({ ...id, ...model, ...choices, usage: isEmpty ? nothing : toUsage(said) })
  }
  const toChunk = (text: string, finish: string | null) => ({
    ...id,
    ...toChoices(text, finish),
    ...model,
  })
  return toSse([
    ...said.words.map((word) => toEvents([toChunk(word, null)])),
    toEvents([toChunk('', said.reason), '[DONE]']),
  ])
}

function embedCompatible(path: string, body: Body, model: SimulatedModel): Plan {
  const inputs = body.input === '' ? [''] : toInputs(body.input)
  if (inputs === undefined) {
    return toCompatibleError(path, { status: 400, error: 'invalid input type' }, 'below')
  }
  const data = inputs.map((input, index) => {
    const vector = toUnitVector(input, model, body.dimensions)
    const bytes = Buffer.from(Float32Array.from(vector).buffer)
    const embedding = body.encoding_format === 'base64' ? bytes.toString('base64') : vector
    return { object: 'embedding', embedding, index }
  })
  const tokens = countTokens(inputs)
  const usage = { prompt_tokens: tokens, total_tokens: tokens }
  return toOk({ object: 'list', data, model: body.model, usage })
}

const NO_CACHE = ['Cache-Control', 'no-cache'] as const

/** One event in each transfer chunk, its name before it. */
function toNamedEvents(
  events: readonly ({ readonly type: string } & Readonly<Record<string, unknown>>)[],
): Plan {
  const plan = toSse(events.map((event) => `event: ${event.type}\n${toEvents([event])}`))
  return { ...plan, headers: [NO_CACHE, ...plan.headers] }
}

function message({ model, stream }: Body, said: Said): Plan {
  const { prompt_tokens: input_tokens, completion_tokens: output_tokens } = toUsage(said)
  const head = { id: `msg_${'0'.repeat(24)}`, type: 'message', role: 'assistant', model }
  const stop_reason = said.reason === 'length' ? 'max_tokens' : 'end_turn'
  const usage = { input_tokens, output_tokens }
  const content = [{ type: 'text', text: said.words.join('') }]
  if (stream !== true) return toOk({ ...head, content, stop_reason, usage })
  return toNamedEvents([
    {
      type: 'message_start',
      message: { ...head, content: [], usage: { input_tokens: 2, output_tokens: 0 } },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ...said.words.map((text) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'text_delta', text },
    })),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason }, usage },
    { type: 'message_stop' },
  ])
}

function respond({ model, stream }: Body, said: Said): Plan {
  const text = said.words.join('')
  const { prompt_tokens: input_tokens, completion_tokens: output_tokens } = toUsage(said)
  const content = [{ type: 'output_text', text, annotations: [], logprobs: [] }]
  const item = { id: 'msg_1', type: 'message', status: 'completed', role: 'assistant', content }
  const response = {
    id: 'resp_1',
    object: 'response',
    created_at: CREATED,
    completed_at: CREATED,
    status: 'completed',
    model,
    output: [item],
    usage: { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens },
  }
  if (stream !== true) return toOk(response)
  const place = { content_index: 0, item_id: item.id, output_index: 0 }
  const begun = { ...response, status: 'in_progress', completed_at: null, output: [], usage: null }
  const events = [
    { response: begun, type: 'response.created' },
    { response: begun, type: 'response.in_progress' },
    ...said.words.map((delta) => ({ ...place, delta, type: 'response.output_text.delta' })),
    { ...place, text, type: 'response.output_text.done' },
    { response, type: 'response.completed' },
  ]
  return toNamedEvents(events.map((event, sequence_number) => ({ ...event, sequence_number })))
}
