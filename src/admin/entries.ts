import type { FastifyInstance } from 'fastify'
import type { Clock } from '../clock.ts'
import { type Static, Type } from '../json-schema.ts'
import type { EntryRow, OwnerQueries } from '../store/query.ts'
import { FILTER_PARAMETERS, toFilter } from './entry-filter.ts'
import { checkParameters } from './parameters.ts'
import { SORT_FIELDS } from './sort-fields.ts'

/** What the route needs of the rest. */
export interface EntriesOptions {
  readonly store: Pick<OwnerQueries, 'list'>
  readonly clock: Pick<Clock, 'now'>
}

const DEFAULT_LIMIT = 50

const LIST_PARAMETERS = Type.Object(
  {
    ...FILTER_PARAMETERS,
    sort: Type.Optional(
      Type.Enum([...SORT_FIELDS], { description: `one of ${SORT_FIELDS.join(', ')}` }),
    ),
    order: Type.Optional(
      Type.Enum(['ascending', 'descending'], { description: 'ascending or descending' }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, description: 'a number from 1 to 1000' }),
    ),
    offset: Type.Optional(Type.Integer({ minimum: 0, description: 'a number, 0 or more' })),
  },
  { additionalProperties: false },
)

/** One entry, as `GET /reprise/entries` tells of it: never its text. Instants are ISO 8601. */
export interface ListedEntry extends Omit<EntryRow, 'storedAt' | 'expiresAt' | 'hitAt'> {
  readonly storedAt: string
  readonly expiresAt: string
  /** When it was last given; null where it never was. */
  readonly hitAt: string | null
}

/** A page of entries. */
export interface EntryPage {
  /** How many match in all. */
  readonly total: number
  readonly offset: number
  readonly entries: readonly ListedEntry[]
}

/** `GET /reprise/entries`: what is kept; filtered, sorted and paged by query parameters. */
export function registerEntries(app: FastifyInstance, options: EntriesOptions): void {
  app.get('/reprise/entries', async (request) =>
    listPage(checkParameters(LIST_PARAMETERS, request.query), options),
  )
}

async function listPage(
  query: Static<typeof LIST_PARAMETERS>,
  { store, clock }: EntriesOptions,
): Promise<EntryPage> {
  const { sort = 'storedAt', order = 'descending', limit = DEFAULT_LIMIT, offset = 0 } = query
  const filter = toFilter(query, clock.now())
  const { total, rows } = await store.list({ filter, sortBy: sort, order, limit, offset })
  return { total, offset, entries: rows.map(toListed) }
}

function toListed(row: EntryRow): ListedEntry {
  return {
    ...row,
    storedAt: toInstant(row.storedAt),
    expiresAt: toInstant(row.expiresAt),
    hitAt: row.hitAt === undefined ? null : toInstant(row.hitAt),
  }
}

/** A lifetime without end lies beyond the calendar of JavaScript. */
function toInstant(at: number): string {
  return new Date(Math.min(at, 8.64e15)).toISOString()
}
