import { nextTurn } from '../clock.ts'
import { isMeant } from './filter.ts'
import { compareRows, toAgeSeconds } from './listing.ts'
import { measureFrames } from './packed-entry.ts'
import { chooseNearer, toDiffering } from './parts.ts'
import type { EntryRow, Filter, ListQuery, Nearest, OwnedStore, Parts, PurgeMode } from './query.ts'
import { type Resident, Residents } from './residents.ts'
import type { Entry, Found, Key } from './store.ts'

/**
 * A tier in this process: least recently used entries go first, by bytes, and what is larger than all of
 * it is not kept. To lose one of them costs a read from disk, not a generation, so it is not weighed by
 * worth. What was not asked for so far stands in segments (`segments.ts`), a few hundred entries of which go together;
 * what was, and what is too large for them, is an object. `now` gives wall time in ms since the epoch; without it ages are not told.
 */
export function createMemoryStore(maxBytes: number, now: () => number = () => 0): OwnedStore {
  const store = new MemoryStore(maxBytes, now)
  // Its methods may be taken off it: tests wrap single ones.
  return {
    get: (key) => store.get(key),
    recall: (key) => store.get(key),
    survey: (keys) => store.survey(keys),
    put: (entry) => store.put(entry),
    remove: (key) => store.remove(key),
    usage: () => store.usage(),
    flush: () => store.flush(),
    close: () => store.close(),
    peek: (key) => store.peek(key),
    putIfNewer: (entry) => store.putIfNewer(entry),
    touch: (key) => store.touch(key),
    list: (query) => store.list(query),
    purge: (filter, mode) => store.purge(filter, mode),
    expire: () => store.expire(),
    nearest: (parts, route) => store.nearest(parts, route),
    entries: (filter) => store.entries(filter),
    held: (keys) => store.held(keys),
    setDigests: (known) => store.setDigests(known),
  }
}

/** Rows are read so many at a time, 1 to 2 ms: requests have their turn in between. */
const SLICE_ROWS = 512

class MemoryStore implements OwnedStore {
  readonly #now: () => number
  readonly #residents: Residents
  #forgetting: Promise<unknown> = Promise.resolve()

  constructor(maxBytes: number, now: () => number) {
    this.#now = now
    this.#residents = new Residents(maxBytes)
  }

  get(key: Key): Found | undefined {
    const entry = this.#residents.use(key, this.#now())
    return entry && { entry, tier: 'memory' }
  }

  peek(key: Key): Found | undefined {
    const entry = this.#residents.read(key)
    return entry && { entry, tier: 'memory' }
  }

  survey(keys: readonly Key[]): (Found | undefined)[] {
    return keys.map((key) => this.peek(key))
  }

  put(entry: Entry): void {
    this.#residents.put(entry)
  }

  async putIfNewer(entry: Entry): Promise<'put' | 'kept'> {
    const before = this.peek(entry.key)
    if (before !== undefined && before.entry.storedAt >= entry.storedAt) return 'kept'
    this.put(entry)
    return 'put'
  }

  remove(key: Key): void {
    this.#residents.remove(key)
  }

  touch(key: Key): void {
    this.#residents.use(key, this.#now())
  }

  usage() {
    return [{ tier: 'memory', kinds: this.#residents.amounts() }] as const
  }

  async list({ filter, offset, limit, ...sorting }: ListQuery) {
    const rows = (await this.#rows(filter)).sort(compareRows(sorting))
    const bytes = rows.reduce((sum, row) => sum + row.bytes, 0)
    return { total: rows.length, bytes, rows: rows.slice(offset, offset + limit) }
  }

  async purge(filter: Filter, mode: PurgeMode): Promise<number> {
    const rows = await this.#rows(filter)
    return mode === 'purge' ? this.#removeAll(rows) : rows.length
  }

  async expire(): Promise<number> {
    const rows = await this.#rows({})
    return this.#removeAll(rows.filter(({ expiresAt }) => expiresAt <= this.#now()))
  }

  async nearest(parts: Parts, route: string): Promise<Nearest | undefined> {
    let nearest: Nearest | undefined
    await this.#each((entry, row) => {
      if (entry.parts === undefined || row.route !== route) return
      nearest = chooseNearer(nearest, { row, differing: toDiffering(parts, entry.parts) })
    })
    return nearest
  }

  async *entries(filter: Filter) {
    for (const { key } of await this.#rows(filter)) {
      const found = this.peek(key)
      if (found !== undefined) yield found.entry
    }
  }

  async held(keys: readonly Key[]): Promise<ReadonlySet<Key>> {
    return new Set(keys.filter((key) => this.#residents.has(key)))
  }

  /** Nobody finds those that go: their digest is part of their keys. So it may take a while. */
  setDigests(known: ReadonlySet<string>): void {
    this.#forgetting = this.#rows({}).then((rows) =>
      this.#removeAll(rows.filter(({ digest }) => !known.has(digest))),
    )
  }

  async flush(): Promise<void> {
    await this.#forgetting
  }

  async close(): Promise<void> {
    this.#residents.clear()
  }

  async #rows(filter: Filter): Promise<EntryRow[]> {
    const rows: EntryRow[] = []
    await this.#each((_, row) => isMeant(row, filter) && rows.push(row))
    return rows
  }

  /** Goes through all that are there now, in slices; what goes meanwhile is left out. */
  async #each(take: (entry: Entry, row: EntryRow) => void): Promise<void> {
    const now = this.#now()
    for (const [index, key] of this.#residents.keys().entries()) {
      if (index > 0 && index % SLICE_ROWS === 0) await nextTurn()
      const resident = this.#residents.look(key)
      if (resident !== undefined) take(resident.entry, toRow(resident, now))
    }
  }

  #removeAll(rows: readonly EntryRow[]): number {
    return rows.filter(({ key }) => this.#residents.remove(key)).length
  }
}

function toRow({ entry, hits, hitAt }: Resident, now: number): EntryRow {
  const { key, route, kind, model, digest, storedAt, expiresAt, costMs, tokens } = entry
  return {
    ...{ key, route, kind, model, digest, storedAt, expiresAt, costMs, tokens, hits, hitAt },
    ageSeconds: toAgeSeconds(storedAt, now),
    bytes: measureFrames(entry).bytes,
  }
}
