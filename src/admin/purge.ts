import type { FastifyInstance } from 'fastify'
import type { Clock } from '../clock.ts'
import { RepriseError } from '../errors.ts'
import { type Static, Type } from '../json-schema.ts'
import type { Filter, OwnerQueries } from '../store/query.ts'
import { requireToken } from './access.ts'
import type { AdminToken } from './admin-token.ts'
import { FILTER_NAMES, FILTER_PARAMETERS, toFilter } from './entry-filter.ts'
import { checkBody } from './parameters.ts'

/** What the routes need of the rest. */
export interface PurgeOptions {
  readonly token: AdminToken
  readonly store: Pick<OwnerQueries, 'purge' | 'expire' | 'list'>
  readonly clock: Pick<Clock, 'now'>
  /** Called before a purge: what is being generated now and matches must not be stored. */
  onPurge(filter: Filter): void
}

const FLAG = Type.Optional(Type.Boolean({ description: 'true or false' }))

const PURGE_BODY = Type.Object(
  { ...FILTER_PARAMETERS, all: FLAG, dryRun: FLAG },
  { additionalProperties: false },
)

const EXPIRE_BODY = Type.Object({ dryRun: FLAG }, { additionalProperties: false })

/** What was removed, or would have been. */
export interface PurgeResult {
  readonly entries: number
  readonly dryRun: boolean
}

/** `POST /reprise/purge` and `POST /reprise/expire`: entries go because their owner says so. */
export function registerPurge(app: FastifyInstance, options: PurgeOptions): void {
  app.post('/reprise/purge', async (request): Promise<PurgeResult> => {
    requireToken(options.token, request.headers)
    return purge(checkBody(PURGE_BODY, request.body), options)
  })
  app.post('/reprise/expire', async (request): Promise<PurgeResult> => {
    requireToken(options.token, request.headers)
    const { dryRun = false } = checkBody(EXPIRE_BODY, request.body)
    const { store, clock } = options
    const entries = dryRun ? await countExpired(store, clock.now()) : await store.expire()
    return { entries, dryRun }
  })
}

async function purge(
  given: Static<typeof PURGE_BODY>,
  { store, clock, onPurge }: PurgeOptions,
): Promise<PurgeResult> {
  const { all = false, dryRun = false } = given
  // Nothing said is never everything meant.
  if (all === FILTER_NAMES.some((name) => given[name] !== undefined)) {
    const names = FILTER_NAMES.join(', ')
    throw new RepriseError('bad-request', `say which entries, by ${names}; or "all": true alone`)
  }
  const filter = toFilter(given, clock.now())
  if (!dryRun) onPurge(filter)
  return { entries: await store.purge(filter, dryRun ? 'dry-run' : 'purge'), dryRun }
}

const PAGE = 500

/** Those that expire first come first, so the first one that has not ends the count. */
async function countExpired(store: Pick<OwnerQueries, 'list'>, now: number): Promise<number> {
  for (let offset = 0; ; offset += PAGE) {
    const query = { filter: {}, sortBy: 'expiresAt', order: 'ascending', limit: PAGE } as const
    const { rows } = await store.list({ ...query, offset })
    const expired = rows.filter(({ expiresAt }) => expiresAt <= now).length
    if (expired < PAGE) return offset + expired
  }
}
