import type { FastifyInstance } from 'fastify'
import type { OutcomeCounts } from '../metrics/observe.ts'
import type { Tallies } from '../metrics/tally.ts'
import type { LoadedModel } from '../models/loaded.ts'
import type { RegistrySnapshot } from '../models/registry.ts'
import type { OwnerQueries } from '../store/query.ts'
import { toHitRate } from './savings.ts'

/** One model of the origin, and what the cache has of it. */
export interface ModelRow {
  readonly name: string
  readonly digest: string
  /** Null where it is not in the origin's memory, or where that is not known. */
  readonly loaded: Omit<LoadedModel, 'name' | 'digest'> | null
  /** Entries of its digest, whatever name they were asked by. */
  readonly entries: number
  /** Bytes of those, as the store keeps them. */
  readonly bytes: number
  /** Requests by outcome since the start, and what they did not generate again, in seconds. */
  readonly requests: OutcomeCounts
  readonly hitRate: number | null
  readonly savedSeconds: number
}

/** The body of `GET /reprise/models`. */
export interface ModelPage {
  /** Whether the origin said which models are loaded. */
  readonly loadState: 'known' | 'unknown'
  readonly models: readonly ModelRow[]
}

/** What the route needs of the rest. */
export interface ModelsOptions {
  readonly store: Pick<OwnerQueries, 'list'>
  readonly tallies: Pick<Tallies, 'all'>
  models(): RegistrySnapshot['models']
  /** Asks the origin now; undefined where it does not say. */
  loadedModels(): Promise<readonly LoadedModel[] | undefined>
}

/** `GET /reprise/models`: the models of the origin, whether they are loaded, and what the cache has of each. */
export function registerModels(app: FastifyInstance, options: ModelsOptions): void {
  app.get('/reprise/models', async (): Promise<ModelPage> => {
    const loaded = await options.loadedModels()
    const models: ModelRow[] = []
    // One after the other: each reads all rows on the thread that also writes.
    for (const model of options.models()) models.push(await toRow(model, loaded ?? [], options))
    return { loadState: loaded === undefined ? 'unknown' : 'known', models }
  })
}

async function toRow(
  { name, digest }: RegistrySnapshot['models'][number],
  loaded: readonly LoadedModel[],
  { store, tallies }: ModelsOptions,
): Promise<ModelRow> {
  const found = loaded.find((each) => each.name === name)
  const page = { sortBy: 'key', order: 'ascending', limit: 1, offset: 0 } as const
  const { total, bytes } = await store.list({ filter: { digest }, ...page })
  const { requests, savedSeconds } = sumTallies(name, tallies)
  return {
    name,
    digest,
    loaded: found ? { bytes: found.bytes, gpuBytes: found.gpuBytes, until: found.until } : null,
    entries: total,
    bytes,
    requests,
    hitRate: toHitRate(requests),
    savedSeconds,
  }
}

function sumTallies(model: string, tallies: Pick<Tallies, 'all'>) {
  const requests = { hit: 0, stale: 0, miss: 0, collapsed: 0, bypass: 0, error: 0 }
  let savedSeconds = 0
  for (const { labels, requests: count, savedSeconds: saved } of tallies.all()) {
    if (labels.model !== model) continue
    requests[labels.outcome as keyof OutcomeCounts] += count
    savedSeconds += saved
  }
  return { requests, savedSeconds }
}
