import { RepriseError } from '../errors.ts'
import { compareRows } from './listing.ts'
import { chooseNearer } from './parts.ts'
import type {
  EntryRow,
  Filter,
  Listing,
  ListQuery,
  Nearest,
  OwnerQueries,
  Parts,
  PurgeMode,
} from './query.ts'
import type { Entry, Found, Key, Store } from './store.ts'

/** Called with each fault of a tier; what asked for it was a miss. */
export type OnFault = (error: unknown) => void

/** A tier: what it cannot tell its owner, it has nothing of. */
export type TierStore = Store & Partial<OwnerQueries>

/** What the owner may ask of several tiers, but for what goes to all of them alike. */
export interface TieredQueries extends Omit<OwnerQueries, 'setDigests' | 'touch'> {
  peek(key: Key): Promise<Found | undefined>
  /** Called after each entry of an import: waits from time to time, so that none is dropped. */
  waitForDisk(): Promise<void>
}

/** An import waits for the disk after so many entries. */
const FLUSH_EVERY = 64

/**
 * Every entry counts once. The last tier holds nearly all of them, so it answers, and the few that only
 * a tier above it has (the disk was full, or the queue) are put in their places.
 */
export function createTieredQueries(tiers: readonly TierStore[], onFault: OnFault): TieredQueries {
  return new Queries(tiers, onFault).bound()
}

class Queries {
  readonly #upper: readonly TierStore[]
  readonly #last: TierStore | undefined
  readonly #onFault: OnFault
  #putsSinceFlush = 0

  constructor(tiers: readonly TierStore[], onFault: OnFault) {
    this.#upper = tiers.slice(0, -1)
    this.#last = tiers.at(-1)
    this.#onFault = onFault
  }

  bound(): TieredQueries {
    return {
      peek: (key) => this.#peek(key),
      waitForDisk: () => this.#waitForDisk(),
      list: (query) => this.#told(this.#list(query)),
      purge: (filter, mode) => this.#told(this.#purge(filter, mode)),
      expire: () => this.#told(this.#expire()),
      nearest: (parts, route) => this.#told(this.#nearest(parts, route)),
      held: (keys) => this.#told(this.#held(keys)),
      entries: (filter) => this.#entries(filter),
    }
  }

  async #peek(key: Key): Promise<Found | undefined> {
    for (const tier of this.#all()) {
      try {
        const found = await tier.peek?.(key)
        if (found !== undefined) return found
      } catch (error) {
        this.#onFault(error)
      }
    }
    return undefined
  }

  async #list(query: ListQuery): Promise<Listing> {
    const extras = await this.#onlyAbove(query.filter)
    const { offset, limit } = query
    // Of the rows before the page, at most so many are extras: the rest the last tier may skip itself.
    const skipped = Math.max(0, offset - extras.length)
    const wanted = { ...query, offset: skipped, limit: offset - skipped + limit }
    const below = (await this.#last?.list?.(wanted)) ?? { total: 0, bytes: 0, rows: [] }
    const rows = [...below.rows, ...extras].sort(compareRows(query))
    const page = rows.slice(offset - skipped, offset - skipped + limit)
    const bytes = extras.reduce((sum, extra) => sum + extra.bytes, below.bytes)
    return { total: below.total + extras.length, bytes, rows: page }
  }

  async #purge(filter: Filter, mode: PurgeMode): Promise<number> {
    const extras = await this.#onlyAbove(filter)
    const below = (await this.#last?.purge?.(filter, mode)) ?? 0
    // The lowest first: what a request reads from it meanwhile goes up, and is purged there after it.
    for (const tier of this.#upper.toReversed()) await tier.purge?.(filter, mode)
    return below + extras.length
  }

  async #expire(): Promise<number> {
    const below = (await this.#last?.expire?.()) ?? 0
    let above = 0
    for (const tier of this.#upper.toReversed())
      above = Math.max(above, (await tier.expire?.()) ?? 0)
    // What a tier above has is below too, but for the few that could not be written.
    return Math.max(below, above)
  }

  async #nearest(parts: Parts, route: string): Promise<Nearest | undefined> {
    let nearest: Nearest | undefined
    for (const tier of this.#all())
      nearest = chooseNearer(nearest, await tier.nearest?.(parts, route))
    return nearest
  }

  async #held(keys: readonly Key[]): Promise<ReadonlySet<Key>> {
    const held = new Set<Key>()
    for (const tier of this.#all()) for (const key of (await tier.held?.(keys)) ?? []) held.add(key)
    return held
  }

  async *#entries(filter: Filter): AsyncGenerator<Entry> {
    const extras = await this.#told(this.#onlyAbove(filter))
    if (this.#last?.entries !== undefined) yield* this.#last.entries(filter)
    for (const { key } of extras) {
      const found = await this.#peek(key)
      if (found !== undefined) yield found.entry
    }
  }

  /** Rows that the last tier does not have, each once. */
  async #onlyAbove(filter: Filter): Promise<EntryRow[]> {
    const rows = new Map<Key, EntryRow>()
    for (const tier of this.#upper) {
      const listing = await tier.list?.({ ...ALL, filter })
      for (const row of listing?.rows ?? []) rows.set(row.key, row)
    }
    const below = await this.#last?.held?.([...rows.keys()])
    return [...rows.values()].filter(({ key }) => !below?.has(key))
  }

  async #waitForDisk(): Promise<void> {
    this.#putsSinceFlush += 1
    if (this.#putsSinceFlush < FLUSH_EVERY) return
    this.#putsSinceFlush = 0
    await Promise.all(this.#all().map((tier) => tier.flush()))
  }

  #all(): TierStore[] {
    return this.#last === undefined ? [] : [...this.#upper, this.#last]
  }

  async #told<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      throw toOwnerError(error)
    }
  }
}

const ALL = {
  sortBy: 'key',
  order: 'ascending',
  limit: Number.MAX_SAFE_INTEGER,
  offset: 0,
} as const

/** A fault as the owner is told of it. */
function toOwnerError(error: unknown): RepriseError {
  if (error instanceof RepriseError) return error
  return new RepriseError('store-failed', `the store failed (${String(error)})`, error)
}
