import type { Database } from 'better-sqlite3'
import type { Chore, Chores } from './chores.ts'
import { sizeOf } from './journal.ts'
import type { Listings } from './listing.ts'
import { matchesOf } from './matches.ts'
import { createPages } from './pages.ts'
import { toDiffering } from './parts.ts'
import type { Filter, Nearest, Parts } from './query.ts'
import type { FileFacts, KeySlice, Question } from './question.ts'
import { createReader } from './reader.ts'
import { createSampler } from './sampler.ts'
import { PAGE_BYTES, SCHEMA_VERSION, TABLE } from './schema.ts'
import type { Key } from './store.ts'

/** Answers what the owner asks, in slices where it takes long. */
export interface Answerer {
  /** Rejects with what SQLite throws. */
  answer(question: Question): Promise<unknown>
}

/** What it needs of the rest. */
export interface AnswererOptions {
  readonly database: Database
  readonly path: string
  readonly chores: Chores
  readonly listings: Listings
  random(count: number): Buffer
  /** The id of the row put last. */
  lastId(): number
  purge(filter: Filter): Promise<number>
  expire(): Promise<number>
}

/** Requests are compared so many at a time: 2 µs each. */
const STEP_PARTS = 256
/** Keys are given so many at a time. */
const SLICE_KEYS = 64

/** Over the connection of the thread that writes, so that it sees all that was put before the question. */
export function createAnswerer(options: AnswererOptions): Answerer {
  const { chores, listings } = options
  return {
    async answer(question) {
      switch (question.topic) {
        case 'list':
          return listings.list(question.query)
        case 'count':
          return listings.count(question.filter)
        case 'purge':
          return options.purge(question.filter)
        case 'expire':
          return options.expire()
        case 'nearest':
          return chores.run(findNearest(options, question))
        case 'keys':
          return chores.run(collectKeys(options, question))
        case 'held':
          return findHeld(options.database, question.keys)
        case 'inspect':
          return inspect(options)
      }
    },
  }
}

function* findNearest(
  { database, listings, lastId }: AnswererOptions,
  { parts, route }: { parts: Parts; route: string },
): Chore<Nearest | undefined> {
  let nearest: Like | undefined
  for (const rows of partsOf(database, route, lastId())) {
    for (const { id, text, storedAt } of rows) {
      const differing = toDiffering(parts, JSON.parse(text))
      if (isNearer(differing.length, storedAt, nearest)) nearest = { id, storedAt, differing }
    }
    yield
  }
  const row = nearest && listings.rowOf(nearest.id)
  return row && nearest && { row, differing: nearest.differing }
}

/** The nearest so far; the rest of its row is read in the end. */
interface Like {
  readonly id: number
  readonly storedAt: number
  readonly differing: readonly string[]
}

function isNearer(fields: number, storedAt: number, than: Like | undefined): boolean {
  const by = fields - (than?.differing.length ?? Number.POSITIVE_INFINITY)
  return by < 0 || (by === 0 && storedAt > (than?.storedAt ?? 0))
}

interface PartsRow {
  readonly id: number
  readonly text: string
  readonly storedAt: number
}

/** Rows of a route that have parts, a step's worth at a time. */
function* partsOf(database: Database, route: string, lastId: number): Generator<PartsRow[], void> {
  const select = database.prepare(
    `SELECT id, parts AS text, stored_at AS storedAt FROM ${TABLE.entries}
     WHERE id > ? AND id <= ? AND route = ? AND parts IS NOT NULL ORDER BY id`,
  )
  const first = database.prepare(`SELECT min(id) FROM ${TABLE.entries} WHERE id > ?`).pluck()
  let after = 0
  for (;;) {
    const next = first.get(after) as number | null
    if (next === null || next > lastId) return
    after = next + STEP_PARTS - 1
    yield select.all(next - 1, after, route) as PartsRow[]
  }
}

function* collectKeys(
  { database, lastId }: AnswererOptions,
  { filter, after }: { filter: Filter; after: number },
): Chore<KeySlice> {
  const keyOf = database.prepare(`SELECT key FROM ${TABLE.entries} WHERE id = ?`).pluck()
  const keys: Key[] = []
  for (const ids of matchesOf(database, { filter, after, lastId: lastId() })) {
    for (const id of ids) keys.push((keyOf.get(id) as Buffer).toString('hex'))
    const last = ids.at(-1)
    if (last !== undefined && keys.length >= SLICE_KEYS) return { keys, after: last }
    yield
  }
  return { keys, after: undefined }
}

function findHeld(database: Database, keys: readonly Key[]): Key[] {
  const find = database.prepare(`SELECT 1 FROM ${TABLE.entries} WHERE key = ?`)
  return keys.filter((key) => find.get(Buffer.from(key, 'hex')) !== undefined)
}

function inspect({ database, path, listings, random }: AnswererOptions): FileFacts {
  const reader = createReader(database)
  const sample = createSampler(database, random)
  const keys = [...sample('others'), ...sample('embeddings')].map(({ key }) => key.toString('hex'))
  const range = database
    .prepare(`SELECT min(stored_at) AS oldest, max(stored_at) AS newest FROM ${TABLE.entries}`)
    .get() as { oldest: number | null; newest: number | null }
  const pages = createPages(database)
  return {
    schemaVersion: SCHEMA_VERSION,
    pages: pages.all(),
    freePages: pages.free(),
    pageBytes: PAGE_BYTES,
    databaseBytes: sizeOf(path),
    logBytes: sizeOf(`${path}-wal`),
    sharedMemoryBytes: sizeOf(`${path}-shm`),
    entries: listings.count({}),
    oldestStoredAt: range.oldest ?? undefined,
    newestStoredAt: range.newest ?? undefined,
    sample: {
      rows: keys.length,
      damaged: keys.filter((key) => reader.read(key) === 'damaged').length,
    },
  }
}
