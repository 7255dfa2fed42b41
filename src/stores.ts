import type { Logger } from 'pino'
import type { Clock } from './clock.ts'
import type { Config } from './config/config.ts'
import type { Note } from './models/kept-table.ts'
import type { StoreEvent } from './store/events.ts'
import { createMemoryStore } from './store/memory.ts'
import { createSqliteStore, type SqliteStore } from './store/sqlite.ts'
import type { Store } from './store/store.ts'
import { createTieredStore } from './store/tiered.ts'

/** The tiers as one store, and what else the database keeps. */
export interface Stores {
  readonly store: Store
  /** A text that survives a restart, where there is a database. */
  note(name: string): Note
  /** Says what the origin's clock says. */
  confirmClock(originNow: number): void
}

/** What opening them needs of the rest. */
export interface OpenOptions {
  readonly clock: Clock
  readonly log: Logger
  /** Instead of memory and SQLite: for tests. */
  readonly given: Store | undefined
  /** Counts an event of the store by its name. */
  count(event: string): void
}

/** One level up from `src` as from `dist`: the thread runs what was built. */
const WRITER_URL = new URL('../dist/store/writer-thread.js', import.meta.url)

/** Memory in front of SQLite; nothing at all where the cache is switched off. */
export function openStores(config: Config, options: OpenOptions): Stores {
  const onFault = (error: unknown): void => {
    options.count('fault')
    options.log.warn({ err: error }, 'the store failed; the request is a miss')
  }
  if (options.given !== undefined) {
    return withoutNotes(createTieredStore([options.given], onFault))
  }
  const memory = createMemoryStore(config.cache.memoryMaxBytes)
  if (!config.cache.enabled || config.mode === 'off') {
    return withoutNotes(createTieredStore([memory], onFault))
  }
  const sqlite = createSqliteStore({
    dataDir: config.dataDir,
    maxBytes: config.cache.maxBytes,
    clock: options.clock,
    writerUrl: WRITER_URL,
    tell: (event) => hear(event, options),
  })
  return {
    store: createTieredStore([memory, sqlite], onFault),
    note: (name) => toNote(sqlite, name),
    confirmClock: (originNow) => sqlite.confirmClock(originNow),
  }
}

function withoutNotes(store: Store): Stores {
  return { store, note: () => ({ read: () => undefined, write() {} }), confirmClock() {} }
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
  count(event.kind)
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
    case 'dropped':
    case 'removed':
    case 'committed':
      return undefined
  }
}
