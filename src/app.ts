import { createServer, type IncomingMessage, METHODS, type Server } from 'node:http'
import type { Socket } from 'node:net'
import replyFrom from '@fastify/reply-from'
import {
  type FastifyInstance,
  type FastifyReply,
  type FastifyServerFactory,
  fastify,
} from 'fastify'
import type { Agent } from 'undici'
import { isReserved } from './admin/routes.ts'
import { RepriseError } from './errors.ts'
import type { Connections } from './proxy/connections.ts'
import { KEEP_ALIVE_MS } from './proxy/direct.ts'
import type { Guard } from './proxy/guard.ts'
import type { Handle, Incoming } from './proxy/handle.ts'

/** What the HTTP side is made of. */
export interface AppOptions {
  readonly guard: Guard
  readonly handle: Handle
  readonly connections: Connections
  readonly registerAdmin: (app: FastifyInstance) => void
  readonly upstreamUrl: URL
  /** The dispatcher of the routes that are handed through; has no time limits. */
  readonly relayAgent: Agent
}

/** Where what is handed through is routed: the router never sees a client's path. */
const PROXY_ROUTE = '/'

/** What a request is waiting for that goes through Fastify. */
type Waiting = WeakMap<IncomingMessage, (reply: FastifyReply) => void>

/**
 * Fastify with two scopes: the reserved paths, and what is handed through, as raw streams. Everything else is
 * answered before it is routed. Does not listen yet.
 */
export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const waiting: Waiting = new WeakMap()
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    forceCloseConnections: false,
    serverFactory: toServerFactory(options, waiting),
    rewriteUrl: ({ url = '' }) => (isReserved(toPath(url)) ? url : PROXY_ROUTE),
    clientErrorHandler: answerBadRequest,
    schemaController: { compilersFactory: NO_SCHEMAS },
  })
  for (const method of METHODS) if (method !== 'CONNECT') addMethod(app, method)
  await app.register(async (scope) => options.registerAdmin(scope))
  await app.register(async (scope) => registerProxy(scope, options, waiting))
  return app
}

/**
 * No route has a schema: what comes in is checked by `admin/parameters.ts`, in Ollama's words. Fastify would load what compiles
 * schemas all the same, a hundred files.
 */
const NO_SCHEMAS = { buildValidator: refuseSchema, buildSerializer: refuseSchema }

function refuseSchema(): never {
  throw new RepriseError('internal', 'a route has a schema, and nothing is loaded that compiles it')
}

function addMethod(app: FastifyInstance, method: string): void {
  const { supportedMethods } = app
  if (!supportedMethods.includes(method)) app.addHttpMethod(method, { hasBody: true })
}

async function registerProxy(
  app: FastifyInstance,
  options: AppOptions,
  waiting: Waiting,
): Promise<void> {
  await app.register(replyFrom, {
    base: options.upstreamUrl.origin,
    undici: options.relayAgent,
    retryMethods: [],
    disableRequestLogging: true,
    disableCache: true,
  })
  // Bodies are never parsed: the stream is read by the step that needs it, or handed through.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  app.all(PROXY_ROUTE, (request, reply) => waiting.get(request.raw)?.(reply))
}

function toServerFactory(options: AppOptions, waiting: Waiting): FastifyServerFactory {
  const { guard, handle, connections } = options
  return (route): Server => {
    const server = createServer(
      {
        // Both are answered by the guard, in Ollama's words.
        requireHostHeader: false,
        keepAliveTimeout: KEEP_ALIVE_MS,
        headersTimeout: KEEP_ALIVE_MS + 10_000,
        // Node's 300 s would end the upload of a large blob.
        requestTimeout: 0,
      },
      (request, response) => {
        const enter = (): void => {
          // Fastify answers 415 to types Ollama does not even look at (corpus 191–194). Who forwards
          // the request takes the header from the raw ones.
          request.headers['content-type'] = undefined
          route(request, response)
        }
        const raw = connections.begin(request, response)
        guard(request, response, () => {
          if (isReserved(toPath(request.url))) return enter()
          const openReply: Incoming['openReply'] = (use) => {
            waiting.set(request, use)
            enter()
          }
          handle({ request, response, openReply, raw })
        })
      },
    )
    server.on('connection', (socket) => connections.watch(socket))
    server.maxHeadersCount = 0
    return server
  }
}

/** Without the query. */
function toPath(url = ''): string {
  const mark = url.indexOf('?')
  return mark < 0 ? url : url.slice(0, mark)
}

/** What cannot be parsed as HTTP gets Go's bytes (corpus 055). */
function answerBadRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`,
  )
}
