import { type Body, isObject } from './origin-decode.ts'
import { respond, sendMessage } from './origin-named-events.ts'
import { type Plan, toBodyPlan, toGoJson, toStreamPlan } from './origin-plan.ts'
import type { Refusal } from './origin-refusals.ts'
import { toLogprobs as listLogprobs, type Said, say, toTotals } from './origin-run.ts'
import { toNativeBody } from './origin-translated.ts'
import { countTokens, TOO_LONG, toInputs, toUnitVector } from './origin-vectors.ts'
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
  if (path === '/v1/chat/completions') {
    return chat(body, say('/api/chat', toNativeBody(path, body), model))
  }
  if (path === '/v1/completions') {
    return complete(body, say('/api/generate', toNativeBody(path, body), model))
  }
  const limit = body.max_tokens ?? body.max_output_tokens
  const options = limit === undefined ? {} : { options: { num_predict: limit } }
  const said = say(path, { ...body, ...options }, model)
  return path === '/v1/messages' ? sendMessage(body, said) : respond(body, said)
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
    const reasoning = said.thinking.join('')
    const message = {
      role: 'assistant',
      content: said.words.join(''),
      ...(reasoning !== '' && { reasoning }),
      ...toCalls(said),
    }
    const told = toLogprobs(body, [...said.thinking, ...said.words])
    const choices = [{ index: 0, message, finish_reason, ...told }]
    return toOk({ ...toHead('chat.completion'), choices, usage: toUsage(said) })
  }
  const head = toHead('chat.completion.chunk')
  const toChunk = (delta: object, finish: string | null, told = {}) => ({
    ...head,
    choices: [{ index: 0, delta, finish_reason: finish, ...told }],
  })
  const usage = wantsUsage(body) ? [{ ...head, choices: [], usage: toUsage(said) }] : []
  return toSse([
    ...listDeltas(body, said).map(([delta, told]) => toEvents([toChunk(delta, null, told)])),
    toEvents([toChunk({}, finish_reason), ...usage, '[DONE]']),
  ])
}

/** The role stands in the first one only. */
function listDeltas(body: Body, said: Said): [delta: object, told: object][] {
  const deltas: [object, object][] = [
    ...said.thinking.map((text): [object, object] => [
      { content: '', reasoning: text },
      toLogprobs(body, [text]),
    ]),
    ...said.words.map((content): [object, object] => [{ content }, toLogprobs(body, [content])]),
  ]
  if (said.calls.length > 0) {
    deltas.push([{ content: '', ...toCalls(said) }, toLogprobs(body, ['call'])])
  }
  return deltas.map(([delta, told], index) => [
    index === 0 ? { role: 'assistant', ...delta } : delta,
    told,
  ])
}

function toLogprobs(body: Body, tokens: readonly string[]): object {
  const { logprobs } = listLogprobs(body, tokens) as { logprobs?: object }
  return logprobs === undefined ? {} : { logprobs: { content: logprobs } }
}

const NO_USAGE = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }

function complete(body: Body, said: Said): Plan {
  const id = { id: 'cmpl-1', object: 'text_completion', created: CREATED }
  const model = { model: body.model, system_fingerprint: 'fp_ollama' }
  const isEmpty = !body.prompt
  const toChoices = (text: string, finish_reason: string | null) => ({
    choices: [{ text, index: 0, finish_reason }],
  })
  if (body.stream !== true) {
    const choices = isEmpty ? toChoices('', 'load') : toChoices(said.words.join(''), said.reason)
    return toOk({ ...id, ...model, ...choices, usage: isEmpty ? NO_USAGE : toUsage(said) })
  }
  // Where the usage is wanted every chunk has one, of zeros but for the last.
  const usage = wantsUsage(body) ? { usage: NO_USAGE } : {}
  const toChunk = (text: string, finish: string | null) => ({
    ...id,
    ...toChoices(text, finish),
    ...model,
    ...usage,
  })
  const total = wantsUsage(body) ? [{ ...id, choices: [], ...model, usage: toUsage(said) }] : []
  return toSse([
    ...said.words.map((word) => toEvents([toChunk(word, null)])),
    toEvents([toChunk('', said.reason), ...total, '[DONE]']),
  ])
}

function embedCompatible(path: string, body: Body, model: SimulatedModel): Plan {
  const inputs = body.input === '' ? [''] : toInputs(body.input)
  if (inputs === undefined) {
    return toCompatibleError(path, { status: 400, error: 'invalid input type' }, 'below')
  }
  if (model.writeVector !== undefined) return embedWritten(path, body, inputs, model.writeVector)
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

/** With vectors as they were written elsewhere. */
function embedWritten(
  path: string,
  { model, encoding_format }: Body,
  inputs: readonly string[],
  write: (text: string) => string | undefined,
): Plan {
  const written = inputs.map((input) => write(input))
  if (written.includes(undefined)) {
    return toCompatibleError(path, { status: 400, error: TOO_LONG }, 'below')
  }
  const toEmbedding = (vector: string): string =>
    encoding_format === 'base64'
      ? `"${Buffer.from(Float32Array.from(JSON.parse(vector) as number[]).buffer).toString('base64')}"`
      : vector
  const data = written.map(
    (vector = '', index) =>
      `{"object":"embedding","embedding":${toEmbedding(vector)},"index":${index}}`,
  )
  const tokens = countTokens(inputs)
  const usage = `{"prompt_tokens":${tokens},"total_tokens":${tokens}}`
  const body = `{"object":"list","data":[${data}],"model":${toGoJson(model)},"usage":${usage}}\n`
  return toBodyPlan(200, 'application/json', Buffer.from(body))
}
