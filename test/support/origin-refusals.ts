import { type Body, isObject } from './origin-decode.ts'
import { type Plan, toBodyPlan, toGoJson, toJsonPlan } from './origin-plan.ts'
import {
  findModel,
  isCapable,
  type SimulatedModel,
  toFullName,
  type World,
} from './origin-world.ts'

/** An answer of Ollama that is an error, in its words. */
export interface Refusal {
  readonly status: number
  readonly error: string
  /** Found out only by the runner: a streaming client then gets it on the stream's way (corpus 140). */
  readonly by?: 'runner'
}

/** Plan of a refusal on a native route. */
export function toRefusalPlan({ status, error, by }: Refusal, body: Body = {}): Plan {
  if (by !== 'runner' || body.stream === false) return toJsonPlan(status, { error })
  const plan = toBodyPlan(status, 'application/json', Buffer.from(toGoJson({ error })))
  return { ...plan, framing: 'chunked' }
}

/** The model of a request, or why there is none (corpus 180–190, 311–312, 349, 359). */
export function resolveModel(world: World, path: string, body: Body): SimulatedModel | Refusal {
  const isRun = path === '/api/generate' || path === '/api/chat' || path.startsWith('/api/embed')
  const name = String((isRun ? body.model : body.model || body.name) ?? '')
  const is404 = path === '/api/generate' || path === '/api/embed' || path === '/api/delete'
  if (name === '' && !is404) return { status: 400, error: 'model is required' }
  if (!/^[\w./:@-]*$/.test(name)) return { status: 400, error: 'invalid model name' }
  const found = findModel(world, name)
  if (found !== undefined && name !== '') return found
  if (/[:-]cloud$/.test(name)) {
    return { status: 403, error: 'ollama cloud is disabled: remote model is unavailable' }
  }
  return { status: 404, error: toNotFound(path, name) }
}

function toNotFound(path: string, name: string): string {
  if (path.startsWith('/api/embed')) return `model "${name}" not found, try pulling it first`
  return `model '${path === '/api/show' ? toFullName(name) : name}' not found`
}

/** Why a generation is refused before it begins; undefined where it is not. */
export function refuseRun(path: string, body: Body, model: SimulatedModel): Refusal | undefined {
  return (
    refuseCapability(path, body, model) ??
    refuseOptions(body.options) ??
    refuseFormat(body) ??
    refuseInRunner(body, model)
  )
}

function refuseCapability(path: string, body: Body, model: SimulatedModel): Refusal | undefined {
  const name = String(body.model)
  const bad = (error: string): Refusal => ({ status: 400, error })
  const registryName = `registry.ollama.ai/library/${toFullName(name)}`
  if (!isCapable(model, 'completion')) {
    return bad(`"${name}" does not support ${path === '/api/chat' ? 'chat' : 'generate'}`)
  }
  if (body.raw === true && (body.template || body.system || body.context)) {
    return bad('raw mode does not support template, system, or context')
  }
  if (body.suffix && !isCapable(model, 'insert')) {
    return bad(`${registryName} does not support insert`)
  }
  if (hasItems(body.tools) && !isCapable(model, 'tools')) {
    return bad(`${registryName} does not support tools`)
  }
  if (body.think && !isCapable(model, 'thinking')) return bad(`"${name}" does not support thinking`)
  const top = Number(body.top_logprobs ?? 0)
  return top < 0 || top > 20 ? bad('top_logprobs must be between 0 and 20') : undefined
}

/** Types of the options Ollama knows; others are ignored with a warning in its log. */
const OPTION_TYPES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['temperature', 'top_p', 'min_p', 'typical_p', 'repeat_penalty'].map((name) => [
      name,
      'float32',
    ]),
  ),
  ...Object.fromEntries(
    ['num_predict', 'seed', 'top_k', 'num_ctx', 'num_thread', 'num_keep', 'repeat_last_n'].map(
      (name) => [name, 'integer'],
    ),
  ),
  presence_penalty: 'float32',
  frequency_penalty: 'float32',
  stop: 'array',
}

/** A wrong type inside `options` is a 500 (corpus 081, 144–146); a null counts as absent (149). */
export function refuseOptions(options: unknown): Refusal | undefined {
  for (const [name, value] of Object.entries(isObject(options) ? options : {})) {
    const type = OPTION_TYPES[name]
    if (type === undefined || value === null) continue
    const isRight = type === 'array' ? Array.isArray(value) : typeof value === 'number'
    if (!isRight) return { status: 500, error: `option "${name}" must be of type ${type}` }
  }
  return undefined
}

function refuseFormat({ format }: Body): Refusal | undefined {
  if (format === undefined || format === null || format === '' || format === 'json')
    return undefined
  if (isObject(format)) return undefined
  const quoted = JSON.stringify(JSON.stringify(format))
  return {
    status: 500,
    error: `invalid format: ${quoted}; expected "json" or a valid JSON Schema object`,
  }
}

/** The context of the recorded models; the simulated ones count blanks, not tokens. */
const CONTEXT_TOKENS = 2048

function refuseInRunner(body: Body, model: SimulatedModel): Refusal | undefined {
  const messages = Array.isArray(body.messages) ? (body.messages as Body[]) : []
  const hasImages = hasItems(body.images) || messages.some((message) => hasItems(message.images))
  if (hasImages && !isCapable(model, 'vision')) {
    const message = 'Multimodal data provided, but model does not support multimodal requests.'
    return toRunnerRefusal({ code: 400, message, type: 'invalid_request_error' })
  }
  const text = [body.prompt, ...messages.map((message) => message.content)].join(' ')
  const tokens = text.split(' ').length
  if (body.truncate !== false || tokens <= CONTEXT_TOKENS) return undefined
  const size = `the available context size (${CONTEXT_TOKENS} tokens)`
  return toRunnerRefusal({
    code: 400,
    message: `request (${tokens} tokens) exceeds ${size}, try increasing it`,
    type: 'exceed_context_size_error',
    n_prompt_tokens: tokens,
    n_ctx: CONTEXT_TOKENS,
  })
}

/** The runner's errors come as JSON inside the error (corpus 115–117, 139). */
function toRunnerRefusal(error: object): Refusal {
  return { status: 400, error: JSON.stringify({ error }), by: 'runner' }
}

function hasItems(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0
}
