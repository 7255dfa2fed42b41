import { findEndpoint, listMethods } from '../../src/ollama/endpoints.ts'
import {
  listCompatible,
  refuseCompatible,
  runCompatible,
  toCompatibleError,
} from './origin-compatible.ts'
import { answerOrigin, withOrigin } from './origin-cors.ts'
import { type Body, decode, GoError } from './origin-decode.ts'
import {
  answerBlob,
  copy,
  create,
  listLoaded,
  listTags,
  pull,
  push,
  remove,
  show,
} from './origin-models.ts'
import { type Plan, toBodyPlan, toJsonPlan } from './origin-plan.ts'
import { refuseOptions, refuseRun, resolveModel, toRefusalPlan } from './origin-refusals.ts'
import { run } from './origin-run.ts'
import { toRequest } from './origin-types.ts'
import { embed, embedOld } from './origin-vectors.ts'
import type { World } from './origin-world.ts'

/** A request as it arrived. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly body: Buffer
  /** The Origin header of a web page. */
  readonly origin?: string | undefined
}

/** The answer of a healthy origin. */
export function answer(world: World, asked: Asked): Plan {
  const { method, path, origin } = asked
  if (!origin) return answerPath(world, asked)
  const verdict = answerOrigin(world, method, origin)
  if (verdict === undefined) return withOrigin(answerPath(world, asked), origin)
  const methods = listMethods(path)
  if (method !== 'OPTIONS' || methods.length === 0) return verdict
  return { ...verdict, headers: [['Allow', methods.join(', ')], ...verdict.headers] }
}

function answerPath(world: World, asked: Asked): Plan {
  const { method, path } = asked
  if (path !== '/' && path.endsWith('/')) return redirect(asked, path.slice(0, -1), 301)
  const clean = path.replace(/\/{2,}/g, '/').replace(/\/[^/]+\/\.\.|\/\./g, '')
  if (clean !== path) return redirect(asked, clean, 307)
  if (findEndpoint(method, path) === undefined) return refusePath(path)
  return route(world, asked)
}

/** Gin redirects a trailing slash, Go's mux an unclean path; only a GET gets a page (corpus 026–030). */
function redirect({ method }: Asked, location: string, forGet: 301 | 307): Plan {
  const to = ['Location', location] as const
  if (method !== 'GET') return { ...toBodyPlan(307, undefined, Buffer.alloc(0)), headers: [to] }
  const reason = forGet === 301 ? 'Moved Permanently' : 'Temporary Redirect'
  const page = Buffer.from(`<a href="${location}">${reason}</a>.\n\n`)
  const plan = toBodyPlan(forGet, 'text/html; charset=utf-8', page)
  return { ...plan, headers: [...plan.headers, to] }
}

function refusePath(path: string): Plan {
  const methods = listMethods(path)
  if (methods.length === 0) return toBodyPlan(404, 'text/plain', Buffer.from('404 page not found'))
  const plan = toBodyPlan(405, 'text/plain', Buffer.from('405 method not allowed'))
  return { ...plan, headers: [['Allow', methods.join(', ')], ...plan.headers] }
}

function route(world: World, asked: Asked): Plan {
  const { method, path, body } = asked
  switch (path) {
    case '/':
      return toBodyPlan(200, 'text/plain; charset=utf-8', Buffer.from('Ollama is running'))
    case '/api/version':
      return toJsonPlan(200, { version: world.version })
    case '/api/status':
      return toJsonPlan(200, { cloud: { disabled: true, source: 'env' } })
    case '/api/tags':
      return listTags(world)
    case '/api/ps':
      return listLoaded(world)
  }
  if (findEndpoint(method, path)?.role === 'account') {
    return toJsonPlan(401, { error: 'unauthorized' })
  }
  if (path.startsWith('/api/blobs/')) {
    return answerBlob(world, method, path.slice('/api/blobs/'.length), body)
  }
  if (path.startsWith('/v1/models')) return listCompatible(world, path)
  return path.startsWith('/v1/') ? answerCompatible(world, asked) : answerNative(world, asked)
}

/** The decoded body, or what Go says of it. */
function read({ path, body }: Asked): Body | string {
  try {
    const value = decode(body)
    if (value === undefined) return path.startsWith('/v1/') ? 'EOF' : 'missing request body'
    return toRequest(path, value)
  } catch (error) {
    if (error instanceof GoError) return error.message
    throw error
  }
}

function answerNative(world: World, asked: Asked): Plan {
  const body = read(asked)
  if (typeof body === 'string') return toRefusalPlan({ status: 400, error: body })
  switch (asked.path) {
    case '/api/show':
      return show(world, body)
    case '/api/pull':
      return pull(world, body)
    case '/api/push':
      return push(world, body)
    case '/api/create':
      return create(world, body)
    case '/api/copy':
      return copy(world, body)
    case '/api/delete':
      return remove(world, body)
    default:
      return answerRun(world, asked.path, body)
  }
}

function answerRun(world: World, path: string, body: Body): Plan {
  const model = resolveModel(world, path, body)
  if ('error' in model) return toRefusalPlan(model)
  const isEmbedding = path.startsWith('/api/embed')
  const refusal = isEmbedding ? refuseOptions(body.options) : refuseRun(path, body, model)
  if (refusal !== undefined) return toRefusalPlan(refusal, body)
  model.isLoaded = true
  if (path === '/api/embed') return embed(body, model)
  return isEmbedding ? embedOld(body, model) : run(path, body, model)
}

function answerCompatible(world: World, asked: Asked): Plan {
  const { path } = asked
  const body = read(asked)
  if (typeof body === 'string') {
    return toCompatibleError(path, { status: 400, error: body }, 'layer')
  }
  const refusal = refuseCompatible(path, body)
  if (refusal !== undefined) return toCompatibleError(path, refusal, 'layer')
  const native = path === '/v1/embeddings' ? '/api/embed' : '/api/chat'
  const model = resolveModel(world, native, body)
  if ('error' in model) return toCompatibleError(path, model, 'below')
  model.isLoaded = true
  return runCompatible(path, body, model)
}
