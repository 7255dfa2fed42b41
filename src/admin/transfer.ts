import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../clock.ts'
import { RepriseError, toRepriseError } from '../errors.ts'
import { Type } from '../json-schema.ts'
import { type Kept, readKept } from '../models/kept-table.ts'
import type { OwnedStore } from '../store/query.ts'
import { requireToken } from './access.ts'
import type { AdminToken } from './admin-token.ts'
import { writeBundle } from './bundle.ts'
import { readBundle } from './bundle-reader.ts'
import { FILTER_PARAMETERS, toFilter } from './entry-filter.ts'
import { checkParameters } from './parameters.ts'

/** What the routes need of the rest. */
export interface TransferOptions {
  readonly token: AdminToken
  readonly store: Pick<OwnedStore, 'entries' | 'putIfNewer'>
  readonly clock: Pick<Clock, 'now'>
  /** The origin's version and models; undefined where nothing is known of it. */
  readOrigin(): Kept | undefined
  /** Takes over what a bundle knows of its origin, where ours has not said anything itself. */
  adoptOrigin(kept: Kept): 'adopted' | 'kept-own'
}

/** What became of a bundle. */
export interface ImportResult {
  /** Entries that were put. */
  readonly imported: number
  /** Entries that were as new here already. */
  readonly kept: number
  /** Entries that were not what had been written, and were left out. */
  readonly damaged: number
  /** Whether its origin's models are now those that names are looked up in. */
  readonly origin: 'adopted' | 'kept-own'
}

const EXPORT_PARAMETERS = Type.Object(FILTER_PARAMETERS, { additionalProperties: false })

/** The type of a bundle: lines of JSON. */
const BUNDLE_TYPE = 'application/x-ndjson'

/** `GET /reprise/export` and `POST /reprise/import`: entries travel as a bundle, in both directions a stream. */
export function registerTransfer(app: FastifyInstance, options: TransferOptions): void {
  app.get('/reprise/export', async (request, reply) => {
    requireToken(options.token, request.headers)
    const { store, clock } = options
    const now = clock.now()
    const filter = toFilter(checkParameters(EXPORT_PARAMETERS, request.query), now)
    const lines = writeBundle(store.entries(filter), options.readOrigin(), now)
    return reply.type(BUNDLE_TYPE).send(Readable.from(lines, { objectMode: false }))
  })
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    scope.post('/reprise/import', async (request) => {
      requireToken(options.token, request.headers)
      return takeIn((request.body as Readable | undefined) ?? Readable.from([]), options)
    })
  })
}

async function takeIn(body: Readable, options: TransferOptions): Promise<ImportResult> {
  const counts = { imported: 0, kept: 0, damaged: 0 }
  let origin: ImportResult['origin'] = 'kept-own'
  try {
    for await (const item of readBundle(body.iterator({ destroyOnReturn: false }))) {
      if (item.kind === 'header') origin = adopt(item.header.origin, options)
      else if (item.kind === 'damaged') counts.damaged += 1
      else counts[await putOne(item.entry, options)] += 1
    }
  } catch (thrown) {
    // What is left is read all the same: a client that still sends would not read why.
    body.resume()
    throw toIncomplete(thrown, counts.imported)
  }
  return { ...counts, origin }
}

function adopt(origin: unknown, options: TransferOptions): ImportResult['origin'] {
  const kept = readKept({ read: () => JSON.stringify(origin), write() {} })
  return kept === undefined ? 'kept-own' : options.adoptOrigin(kept)
}

async function putOne(
  entry: Parameters<OwnedStore['putIfNewer']>[0],
  { store }: TransferOptions,
): Promise<'imported' | 'kept'> {
  return (await store.putIfNewer(entry)) === 'put' ? 'imported' : 'kept'
}

/** What was put before the fault was found stays: each entry was verified by itself. */
function toIncomplete(thrown: unknown, imported: number): RepriseError {
  const { code, message } = toRepriseError(thrown)
  const said =
    imported === 0 ? message : `${message} (${imported} entries before that were taken in)`
  return new RepriseError(code, said, thrown)
}
