import type { FastifyInstance } from 'fastify'
import type { Nearest, OwnerQueries, Parts } from '../store/query.ts'
import { readWrittenRequest, type WrittenRequest } from './request-line.ts'

/** What would become of a request, without the entry that is most like it. */
export interface Verdict {
  /** What it would be kept under; null where it has no key. */
  readonly key: string | null
  /** The route that the key is made for; null where the request was not understood. */
  readonly route: string | null
  /** The word that `X-Cache` and the metrics would have for it. */
  readonly outcome: string
  readonly reason: string | null
  /** The key of the configuration that governs the reason. */
  readonly setting: string | null
  /** What would be put into it, as `num_thread=6`. */
  readonly injected: readonly string[]
  /** All of the key besides the body; null where the model was not found. */
  readonly model: {
    readonly asked: string
    readonly name: string
    readonly digest: string
    readonly version: string
    readonly dateStamp: string
  } | null
  /** A short hash of each field that is a part of the key; null where there is none. */
  readonly parts: Parts | null
  /** The texts of an embedding request, each of which has a key of its own; empty for every other. */
  readonly texts: readonly { readonly key: string; readonly outcome: string }[]
  /** The entry under the key, however old. */
  readonly entry: {
    readonly tier: string
    readonly storedAt: string
    readonly ageSeconds: number
    readonly ttlSeconds: number
  } | null
}

/** The body of `POST /reprise/explain`. */
export interface Explanation extends Verdict {
  /** Where it would be no hit: the entry that differs in the fewest fields, and those fields. */
  readonly nearest: {
    readonly key: string
    readonly model: string
    readonly storedAt: string
    readonly differs: readonly string[]
  } | null
}

/** What the route needs of the rest. */
export interface ExplainRouteOptions {
  readonly store: Pick<OwnerQueries, 'nearest'>
  /** Goes the way of the request up to where it would be forwarded or answered. */
  explain(request: WrittenRequest): Promise<Verdict>
}

/** `POST /reprise/explain`: what would become of a request, and why. Nothing is forwarded or counted. */
export function registerExplain(app: FastifyInstance, options: ExplainRouteOptions): void {
  app.post('/reprise/explain', async (request): Promise<Explanation> => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const verdict = await options.explain(readWrittenRequest(body))
    return { ...verdict, nearest: await findNearest(verdict, options.store) }
  })
}

async function findNearest(
  { key, entry, parts, route }: Verdict,
  store: Pick<OwnerQueries, 'nearest'>,
): Promise<Explanation['nearest']> {
  // What has no key would not be answered from any entry, however like it.
  if (key === null || entry !== null || parts === null || route === null) return null
  const nearest = await store.nearest(parts, route)
  return nearest === undefined ? null : toJson(nearest)
}

function toJson({ row, differing }: Nearest): Explanation['nearest'] {
  const { key, model, storedAt } = row
  return { key, model, storedAt: new Date(storedAt).toISOString(), differs: differing }
}
