import { join } from 'node:path'
import SqliteDatabase, { type Database } from 'better-sqlite3'
import type { Clock } from '../clock.ts'
import { createReader, type Reader } from './reader.ts'
import type { Touch } from './rows.ts'
import { configureConnection, DATABASE_NAME } from './schema.ts'
import { emptyKinds, type Found, type Key, type Sight, type Store } from './store.ts'
import { createTouches, type Touches } from './touches.ts'

/** The database of another process, read and never written. */
export interface Replica extends Store {
  /** Hands over the hits that were counted. */
  handOverTouches(): void
  /** Lets go of the file; where it may be read it is opened anew when something is asked. */
  reopen(access: 'readable' | 'unreadable'): void
}

/** What it needs of the rest. */
export interface ReplicaOptions {
  readonly dataDir: string
  readonly access: 'readable' | 'unreadable'
  readonly clock: Clock
  /** Gets hits to be noted by who writes. */
  onTouches(touches: readonly Touch[]): void
}

/** After a fault the file is left alone for so long, in ms. */
const RETRY_AFTER_MS = 1_000

/**
 * Reads as the owner's other readers do, and opens nothing before it is asked. Throws what SQLite throws. A
 * damaged row is none here: its owner finds it, and removes it, when the request comes to it.
 */
export function createReplica(options: ReplicaOptions): Replica {
  return new FileReplica(options)
}

class FileReplica implements Replica {
  readonly #options: ReplicaOptions
  readonly #touches: Touches
  #opened: { readonly database: Database; readonly reader: Reader } | undefined
  #access: 'readable' | 'unreadable'
  /** Monotonic instant before which nothing is opened. */
  #offUntil = Number.NEGATIVE_INFINITY

  constructor(options: ReplicaOptions) {
    this.#options = options
    this.#access = options.access
    this.#touches = createTouches(options.clock, (touches) => options.onTouches(touches))
  }

  get(key: Key): Found | undefined {
    const entry = this.#read((reader) => reader.read(key))
    if (entry === undefined || entry === 'damaged') return undefined
    this.touch(key)
    return { entry, tier: 'sqlite' }
  }

  recall(key: Key): Found | undefined {
    return this.get(key)
  }

  survey(keys: readonly Key[]): Sight[] {
    return this.#read((reader) => reader.survey(keys)) ?? keys.map(() => undefined)
  }

  touch(key: Key): void {
    this.#touches.add(key)
  }

  handOverTouches(): void {
    this.#touches.flush()
  }

  reopen(access: 'readable' | 'unreadable'): void {
    this.#access = access
    this.#offUntil = Number.NEGATIVE_INFINITY
    this.#close()
  }

  /** Who looks something up in a replica has nothing to put into it. */
  put(): void {}

  remove(): void {}

  usage() {
    return [{ tier: 'sqlite', kinds: emptyKinds() }] as const
  }

  async flush(): Promise<void> {
    this.handOverTouches()
  }

  async close(): Promise<void> {
    this.#touches.stop()
    this.#close()
  }

  /** Undefined where the file may not be read now; a fault leaves it alone for a while. */
  #read<T>(select: (reader: Reader) => T): T | undefined {
    const { clock } = this.#options
    if (this.#access === 'unreadable' || clock.monotonic() < this.#offUntil) return undefined
    try {
      this.#opened ??= this.#open()
      return select(this.#opened.reader)
    } catch (error) {
      this.#close()
      this.#offUntil = clock.monotonic() + RETRY_AFTER_MS
      throw error
    }
  }

  #open() {
    const path = join(this.#options.dataDir, DATABASE_NAME)
    const database = new SqliteDatabase(path, { readonly: true, timeout: 0, fileMustExist: true })
    configureConnection(database)
    return { database, reader: createReader(database) }
  }

  #close(): void {
    this.#opened?.database.close()
    this.#opened = undefined
  }
}
