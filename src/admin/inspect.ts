import type { FastifyInstance } from 'fastify'
import type { Inspection } from '../store/sqlite.ts'
import { requireToken } from './access.ts'
import type { AdminToken } from './admin-token.ts'

/** What the route needs of the rest. */
export interface InspectOptions {
  readonly token: AdminToken
  /** Checks the database through; undefined where there is none. */
  inspect(): Promise<Inspection | undefined>
}

/** `POST /reprise/inspect`: what the files of the database are like, after a check of all of them. */
export function registerInspect(app: FastifyInstance, options: InspectOptions): void {
  app.post('/reprise/inspect', async (request) => {
    // It reads the whole file: nothing for whoever happens to come by.
    requireToken(options.token, request.headers)
    return { database: (await options.inspect()) ?? null }
  })
}
