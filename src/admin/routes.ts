import type { FastifyInstance } from 'fastify'
import { RepriseError, toErrorBody } from '../errors.ts'
import type { Catalog } from '../metrics/catalog.ts'
import type { Stats } from './stats.ts'

/** The life of the process, as `ready` tells it. */
export type LifeState = 'starting' | 'serving' | 'draining'

/** What the routes need of the rest. */
export interface AdminOptions {
  readonly catalog: Pick<Catalog, 'render' | 'contentType'>
  state(): LifeState
  stats(): Stats
  /** Asks the origin now. */
  checkUpstream(): Promise<{ readonly answering: boolean; readonly version?: string | undefined }>
}

/**
 * The reserved paths, never forwarded: `/metrics` and everything under `/reprise/`. They accept
 * same-origin requests and those without an Origin, and refuse what another site's page sends.
 */
export function registerAdmin(app: FastifyInstance, options: AdminOptions): void {
  app.addHook('onRequest', async (request) => {
    if (request.headers['sec-fetch-site'] !== 'cross-site') return
    throw new RepriseError('forbidden', 'this path does not answer to pages of other sites')
  })
  app.setErrorHandler(async (error, _request, reply) => {
    const status = error instanceof RepriseError ? error.status : 500
    const message = error instanceof Error ? error.message : String(error)
    return reply.code(status).type('application/json').send(toErrorBody(message))
  })
  app.get('/metrics', async (_request, reply) =>
    reply.type(options.catalog.contentType).send(await options.catalog.render()),
  )
  app.get('/reprise/health', async () => ({ status: 'alive' }))
  app.get('/reprise/stats', async () => options.stats())
  app.get<{ Querystring: { upstream?: string } }>('/reprise/ready', async (request, reply) => {
    const state = options.state()
    const asksUpstream = request.query.upstream !== undefined
    const upstream = asksUpstream ? await options.checkUpstream() : undefined
    const isReady = state === 'serving' && upstream?.answering !== false
    return reply.code(isReady ? 200 : 503).send({ state, ...(upstream && { upstream }) })
  })
  app.route({
    method: OTHER_METHODS,
    url: '/metrics',
    handler: async (_request, reply) =>
      reply
        .code(405)
        .header('Allow', 'GET')
        .type('application/json')
        .send(toErrorBody('this path is read with GET')),
  })
  app.all('/reprise', async (_request, reply) => reply.redirect('/reprise/', 308))
  app.all('/reprise/*', async (_request, reply) =>
    reply.code(404).type('application/json').send(toErrorBody('no such page of reprise')),
  )
}

/** What is not GET: reserved paths answer it themselves, so that it is never forwarded. */
const OTHER_METHODS = ['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Whether a path is answered by Reprise itself and never forwarded. */
export function isReserved(path: string): boolean {
  return path === '/metrics' || path === '/reprise' || path.startsWith('/reprise/')
}
