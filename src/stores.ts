import type { Logger } from 'pino'
import type { Clock } from './clock.ts'
import type { Config } from './config/config.ts'
import type { Catalog } from './metrics/catalog.ts'
import type { Note } from './models/kept-table.ts'
import type { ModelRegistry } from './models/registry.ts'
import type { StoreEvent } from './store/events.ts'
import { createMemoryStore } from './store/memory.ts'
import type { OwnedStore } from './store/query.ts'
import { createSqliteStore, type Inspection, type SqliteStore } from './store/sqlite.ts'
import type { Store } from './store/store.ts'
import { createTieredStore } from './store/tiered.ts'
import type { Primary } from './workers/primary.ts'

/** The tiers as one store, and what else the database keeps. */
export interface Stores {
  readonly store: OwnedStore
  /** What the files of the database are like; undefined where there are none. */
  inspect(): Promise<Inspection | undefined>
  /** Whether there may be a database that survives this process. */
  readonly lasting: 'restarts' | 'process'
  /** A text that survives a restart, where there is a database. */
  note(name: string): Note
  /** Says what the origin's clock says. */
  confirmClock(originNow: number): void
}

/** What is counted of the store: its events, and faults that it turned into misses. */
export type CountedEvent = StoreEvent | { readonly kind: 'fault' }

/** What opening them needs of the rest. */
export interface OpenOptions {
  readonly clock: Clock
  readonly log: Logger
  /** Instead of memory and SQLite: for tests. */
  readonly given: Store | undefined
  /** Counts an event of the store. */
  count(event: CountedEvent): void
}

/** One level up from `src` as from `dist`: the thread runs what was built. */
const WRITER_URL = new URL('../dist/store/writer-thread.js', import.meta.url)

/** Memory in front of SQLite; nothing at all where the cache is switched off. */
export function openStores(config: Config, options: OpenOptions): Stores {
  const onFault = (error: unknown): void => {
    options.count({ kind: 'fault' })
    options.log.warn({ err: error }, 'the store failed; the request is a miss')
  }
  if (options.given !== undefined) {
    return withoutNotes(createTieredStore([options.given], onFault))
  }
  const memory = createMemoryStore(shareMemory(config), () => options.clock.now())
  if (!config.cache.enabled || config.mode === 'off') {
    return withoutNotes(createTieredStore([memory], onFault))
  }
  const sqlite = createSqliteStore({
    dataDir: config.dataDir,
    maxBytes: config.cache.maxBytes,
    staleMs: Math.max(config.stale.ifErrorSeconds, config.stale.whileRevalidateSeconds) * 1000,
    embeddingShare: config.embeddings.share,
    clock: options.clock,
    writerUrl: WRITER_URL,
    tell: (event) => hear(event, options),
  })
  return {
    store: createTieredStore([memory, sqlite], onFault),
    lasting: 'restarts',
    note: (name) => toNote(sqlite, name),
    confirmClock: (originNow) => sqlite.confirmClock(originNow),
    inspect: () => sqlite.inspect(),
  }
}

/** The stores; where there are workers, these are told of what happens to them. */
export function openWatched(
  config: Config,
  options: OpenOptions,
  primary: Primary | undefined,
): Stores {
  const opened = openStores(config, {
    ...options,
    count(event) {
      primary?.hearStore(event)
      options.count(event)
    },
  })
  return primary?.watch(opened) ?? opened
}

/** What the memory tier of one process may take, in bytes: with workers, each of them and the first process has one. */
export function shareMemory({ cache, workers }: Config): number {
  return Math.floor(cache.memoryMaxBytes / (workers === 1 ? 1 : workers + 1))
}

function withoutNotes(store: OwnedStore): Stores {
  const note = () => ({ read: () => undefined, write() {} })
  const inspect = async () => undefined
  return { store, lasting: 'process', note, confirmClock() {}, inspect }
}

/** A note is written only when it says something new: the registry reads the same table over and over. */
function toNote(sqlite: SqliteStore, name: string): Note {
  let last: string | undefined
  return {
    read: () => sqlite.readNote(name),
    write(text) {
      if (text !== last) sqlite.writeNote(name, text)
      last = text
    },
  }
}

function hear(event: StoreEvent, { log, count }: OpenOptions): void {
  count(event)
  const sentence = toSentence(event)
  if (sentence !== undefined) log.warn({ event: event.kind }, sentence)
}

/** What an operator should read of an event; undefined where counting it is enough. */
function toSentence(event: StoreEvent): string | undefined {
  switch (event.kind) {
    case 'moved-aside':
      return `the database was damaged and is kept as ${event.path}; a new one has been begun`
    case 'locked-by-other':
      return `another reprise uses ${event.path}; this one keeps its entries in memory only`
    case 'unavailable':
      return `${event.path} cannot be used (${event.reason}); entries are kept in memory only`
    case 'write-failed':
      return `entries cannot be written (${event.reason}); the next attempt follows in 10 s`
    case 'recovered':
      return 'entries are written again'
    case 'clock-doubted':
      return 'the clock is more than 7 days off the newest entry; nothing expires from disk until the origin agrees'
    case 'corrupt-row':
      return 'an entry did not match its checksum and was removed'
    case 'file-gone':
      return `${event.path} was deleted or replaced while it was in use; it is opened anew`
    case 'read-only':
      return `${event.path} cannot be written (${event.reason}); what is there is given, nothing is added`
    case 'orphaned':
      return `${event.rows} entries of ${event.model} (${event.digest.slice(0, 12)}) were removed: the model is gone or another`
    case 'checked':
      return event.result === 'ok' ? undefined : `the database is not whole: ${event.result}`
    case 'dropped':
    case 'removed':
    case 'committed':
      return undefined
  }
}

/** Counts an event of the store; a model is named by its bounded label, also when it is gone. */
export function countStoreEvent(
  { cache }: Catalog,
  event: CountedEvent,
  registry: Pick<ModelRegistry, 'labelPast'> | undefined,
): void {
  cache.noteStore(event.kind)
  if (event.kind === 'removed') cache.evicted.inc({ reason: event.reason }, event.rows)
  if (event.kind === 'orphaned') {
    cache.orphaned.inc({ model: registry?.labelPast(event.model) ?? 'other' }, event.rows)
  }
}
