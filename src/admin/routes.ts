import type { FastifyError, FastifyInstance } from 'fastify'
import { RepriseError, toErrorBody } from '../errors.ts'
import type { Catalog } from '../metrics/catalog.ts'
import { refuseOtherSites, requireToken } from './access.ts'
import { type EntriesOptions, registerEntries } from './entries.ts'
import { type EventsOptions, registerEvents } from './events.ts'
import { type ExplainRouteOptions, registerExplain } from './explain.ts'
import { type InspectOptions, registerInspect } from './inspect.ts'
import { type ModelsOptions, registerModels } from './models.ts'
import { type PageOptions, registerPage } from './page.ts'
import { type PurgeOptions, registerPurge } from './purge.ts'
import { registerSettings, type SettingsOptions } from './settings.ts'
import type { Stats } from './stats.ts'
import { registerTransfer, type TransferOptions } from './transfer.ts'

/** The life of the process, as `ready` tells it. */
export type LifeState = 'starting' | 'serving' | 'draining'

/** What the routes need of the rest. */
export interface AdminOptions
  extends EntriesOptions,
    PurgeOptions,
    ExplainRouteOptions,
    SettingsOptions,
    InspectOptions,
    TransferOptions,
    ModelsOptions,
    EventsOptions,
    PageOptions {
  readonly store: EntriesOptions['store'] &
    PurgeOptions['store'] &
    ExplainRouteOptions['store'] &
    TransferOptions['store']
  readonly catalog: Pick<Catalog, 'render' | 'contentType' | 'counting'>
  state(): LifeState
  stats(): Stats
  /** The statistics begin again from nothing; what Prometheus reads goes on. */
  resetStats(): void
  /** Asks the origin now. */
  checkUpstream(): Promise<{ readonly answering: boolean; readonly version?: string | undefined }>
}

/** A request in a file is at most so large: what is asked of a model, as JSON in JSON. */
const MAX_BODY_BYTES = 64 * 1024 * 1024

/**
 * The reserved paths, never forwarded: `/metrics` and everything under `/reprise/`. They accept
 * same-origin requests and those without an Origin. Nothing changes on GET, and nothing without the token.
 */
export function registerAdmin(app: FastifyInstance, options: AdminOptions): void {
  app.addHook('onRequest', async ({ headers }) => refuseOtherSites(headers))
  app.setErrorHandler<FastifyError>(async (error, _request, reply) => {
    const status = error instanceof RepriseError ? error.status : (error.statusCode ?? 500)
    if (status === 401) reply.header('WWW-Authenticate', 'Bearer')
    return reply.code(status).type('application/json').send(toErrorBody(error.message))
  })
  // Bodies are read by who knows their shape, as the bytes they are.
  app.removeAllContentTypeParsers()
  const whole = { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES } as const
  app.addContentTypeParser('*', whole, (_request, body, done) => done(null, body))
  registerReadings(app, options)
  registerEntries(app, options)
  registerPurge(app, options)
  registerExplain(app, options)
  registerSettings(app, options)
  registerInspect(app, options)
  registerTransfer(app, options)
  registerModels(app, options)
  registerEvents(app, options)
  registerPage(app, options)
  registerRest(app)
}

/** How it is, and what it did. */
function registerReadings(app: FastifyInstance, options: AdminOptions): void {
  app.get('/metrics', async (_request, reply) => {
    const { contentType, counting } = options.catalog
    if (counting === 'on') return reply.type(contentType).send(await options.catalog.render())
    return reply.code(404).send(toErrorBody('metrics are switched off (metrics.enabled)'))
  })
  app.get('/reprise/health', async () => ({ status: 'alive' }))
  app.get('/reprise/stats', async () => options.stats())
  app.post('/reprise/stats/reset', async (request) => {
    requireToken(options.token, request.headers)
    options.resetStats()
    return options.stats()
  })
  app.get<{ Querystring: { upstream?: string } }>('/reprise/ready', async (request, reply) => {
    const state = options.state()
    const asksUpstream = request.query.upstream !== undefined
    const upstream = asksUpstream ? await options.checkUpstream() : undefined
    const isReady = state === 'serving' && upstream?.answering !== false
    return reply.code(isReady ? 200 : 503).send({ state, ...(upstream && { upstream }) })
  })
}

/** What is reserved and means nothing. */
function registerRest(app: FastifyInstance): void {
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
