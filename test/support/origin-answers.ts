import { createHash } from 'node:crypto'
import { findEndpoint, listMethods } from '../../src/ollama/endpoints.ts'
import { type Plan, toBodyPlan, toJsonPlan, toStreamPlan } from './origin-plan.ts'

/** The state of the simulated Ollama that answers depend on. */
export interface World {
  version: string
  readonly models: Map<string, SimulatedModel>
  readonly blobs: Set<string>
}

/** One model that it has. */
export interface SimulatedModel {
  digest: string
  template: string
  remoteHost?: string
}

/** A request as it arrived. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly body: Buffer
}

/** The answer of a healthy origin. */
export function answer(world: World, asked: Asked): Plan {
  const { method, path } = asked
  if (path !== '/' && path.endsWith('/')) return redirect(asked, path.slice(0, -1))
  const clean = path.replace(/\/{2,}/g, '/').replace(/\/[^/]+\/\.\.|\/\./g, '')
  if (clean !== path) return redirect(asked, clean)
  if (findEndpoint(method, path) === undefined) return refuse(path)
  return route(world, asked)
}

function redirect({ method }: Asked, location: string): Plan {
  const status = method === 'GET' ? 301 : 307
  const plan = toBodyPlan(status, 'text/html; charset=utf-8', Buffer.from('moved'))
  return { ...plan, headers: [...plan.headers, ['Location', location]] }
}

function refuse(path: string): Plan {
  const methods = listMethods(path)
  if (methods.length === 0) return toBodyPlan(404, 'text/plain', Buffer.from('404 page not found'))
  const plan = toBodyPlan(405, 'text/plain', Buffer.from('405 method not allowed'))
  return { ...plan, headers: [['Allow', methods.join(', ')], ...plan.headers] }
}

function route(world: World, asked: Asked): Plan {
  switch (asked.path) {
    case '/':
      return toBodyPlan(200, 'text/plain; charset=utf-8', Buffer.from('Ollama is running'))
    case '/api/version':
      return toJsonPlan(200, { version: world.version })
    case '/api/tags':
      return toJsonPlan(200, { models: listModels(world) })
    case '/api/ps':
      return toJsonPlan(200, { models: [] })
    case '/v1/models':
      return toJsonPlan(200, { object: 'list', data: listModels(world) })
    default:
      return withBody(world, asked)
  }
}

function listModels(world: World): object[] {
  return [...world.models].map(([name, { digest, remoteHost }]) => ({
    name,
    model: name,
    ...(remoteHost && { remote_model: name, remote_host: remoteHost }),
    modified_at: '2026-01-01T00:00:00Z',
    size: 4_178_141,
    digest,
    details: { format: 'gguf', family: 'llama' },
  }))
}

type Body = Record<string, unknown>

/** As Go's decoder: the first value counts, what follows is ignored. */
function parse(body: Buffer): Body | undefined {
  try {
    return (JSON.parse(body.toString()) ?? {}) as Body
  } catch {
    return undefined
  }
}

function withBody(world: World, { path, body: bytes }: Asked): Plan {
  if (path.startsWith('/api/blobs/')) return toBodyPlan(201, undefined, Buffer.alloc(0))
  const body = parse(bytes)
  if (body === undefined) return toJsonPlan(400, { error: 'unexpected EOF' })
  if (path === '/api/pull' || path === '/api/create' || path === '/api/push') {
    return manage(world, body)
  }
  if (path === '/api/copy') return copy(world, body)
  if (path === '/api/delete') return remove(world, body)
  const model = String(body.model ?? body.name ?? '')
  const found = findModel(world, model)
  if (found === undefined) return toJsonPlan(404, { error: `model '${model}' not found` })
  if (path === '/api/show') return toJsonPlan(200, { template: found.template, details: {} })
  if (path.startsWith('/v1/')) return compatible(path, body, found)
  if (path.startsWith('/api/embed')) return embed(path, body, found)
  return generate(path, body, found)
}

/** Names match without case; the default tag is `latest`. */
export function findModel(world: World, name: string): SimulatedModel | undefined {
  const full = (name.includes(':') ? name : `${name}:latest`).toLowerCase()
  return world.models.get(full.replace(/^(registry\.ollama\.ai\/)?library\//, ''))
}

function manage(world: World, body: Body): Plan {
  const name = String(body.model ?? body.name)
  world.models.set(name.includes(':') ? name : `${name}:latest`, toModel(JSON.stringify(body)))
  const lines = [{ status: 'pulling manifest' }, { status: 'writing manifest' }, SUCCESS]
  return body.stream === false ? toJsonPlan(200, SUCCESS, 'application/json') : toStreamPlan(lines)
}

const SUCCESS = { status: 'success' }

function copy(world: World, { source, destination }: Body): Plan {
  const found = findModel(world, String(source))
  if (found === undefined) return toJsonPlan(404, { error: `model "${source}" not found` })
  world.models.set(`${destination}:latest`, { ...found })
  return toBodyPlan(200, undefined, Buffer.alloc(0))
}

function remove(world: World, body: Body): Plan {
  const name = String(body.model ?? body.name)
  const isGone = world.models.delete(name.includes(':') ? name : `${name}:latest`)
  if (!isGone) return toJsonPlan(404, { error: `model '${name}' not found` })
  return toBodyPlan(200, undefined, Buffer.alloc(0))
}

/** A model whose digest is the hash of a text. */
export function toModel(seed: string): SimulatedModel {
  const digest = createHash('sha256').update(seed).digest('hex')
  return { digest, template: '{{ .Prompt }}' }
}

/** Depends on everything in the request that a run could depend on, and on the weights. */
function toWords(path: string, body: Body, model: SimulatedModel): string[] {
  const { stream, keep_alive, model: name, ...read } = body
  const seed = JSON.stringify([path, read, model.digest])
  const hex = createHash('sha256').update(seed).digest('hex')
  const words = hex.match(/.{8}/g) ?? []
  // Characters that must come through as they are: escaped ones, wide ones, and one beyond the BMP.
  return ['<é>', ' 漢字', ' 😀', ' \u2028', ...words.map((word) => ` ${word}`)]
}

function generate(path: string, body: Body, model: SimulatedModel): Plan {
  const isChat = path === '/api/chat'
  const messages = Array.isArray(body.messages) ? body.messages : []
  const isEmpty = isChat ? messages.length === 0 : !body.prompt
  const head = { model: body.model, created_at: '2026-01-01T00:00:00.123456789Z' }
  const say = (text: string) =>
    isChat ? { message: { role: 'assistant', content: text } } : { response: text }
  if (isEmpty) {
    const reason = body.keep_alive === 0 ? 'unload' : 'load'
    return toJsonPlan(200, { ...head, ...say(''), done: true, done_reason: reason })
  }
  const limit = Number((body.options as Body | null | undefined)?.num_predict ?? -1)
  const all = toWords(path, body, model)
  const words = limit > 0 ? all.slice(0, limit) : all
  const end = {
    done: true,
    done_reason: words.length < all.length ? 'length' : 'stop',
    ...(!isChat && { context: [1, 2, 3] }),
    total_duration: 3_000_000_000,
    load_duration: 500_000_000,
    prompt_eval_count: 7,
    prompt_eval_duration: 400_000_000,
    eval_count: words.length,
    eval_duration: 1_600_000_000,
  }
  if (body.stream === false) return toJsonPlan(200, { ...head, ...say(words.join('')), ...end })
  return toStreamPlan([
    ...words.map((word) => ({ ...head, ...say(word), done: false })),
    { ...head, ...say(''), ...end },
  ])
}

/** A vector from which the text can be told again. */
function toVector(text: unknown, model: SimulatedModel): number[] {
  const bytes = createHash('sha256').update(`${model.digest}${text}`).digest()
  return [...bytes.subarray(0, 4)].map((byte) => byte / 256)
}

function embed(path: string, body: Body, model: SimulatedModel): Plan {
  if (path === '/api/embeddings')
    return toJsonPlan(200, { embedding: toVector(body.prompt, model) })
  const inputs = Array.isArray(body.input) ? body.input : [body.input]
  const embeddings = inputs.map((input) => toVector(input, model))
  return toJsonPlan(200, { model: body.model, embeddings, prompt_eval_count: inputs.length })
}

function compatible(path: string, body: Body, model: SimulatedModel): Plan {
  const text = toWords(path, body, model).join('')
  const choice = { index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }
  const whole = {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: body.model,
    choices: [choice],
  }
  if (body.stream !== true) return toJsonPlan(200, whole)
  const chunk = { id: 'chatcmpl-1', choices: [{ index: 0, delta: { content: text } }] }
  const pieces = [chunk, '[DONE]'].map((event) =>
    Buffer.from(`data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`),
  )
  return { ...toStreamPlan([], 'text/event-stream'), pieces }
}
