import SqliteDatabase, { type Database, type Statement } from 'better-sqlite3'
import type { Clock } from '../clock.ts'
import type { Kind } from '../ollama/kind.ts'
import { decodeBody, type EntryMeta, packFrames, toChecksum } from './codec.ts'
import { isDamage } from './damage.ts'
import type { StoreEvent } from './events.ts'
import { createHealingStore } from './healing.ts'
import { type OpenedDirectory, oldSchemaBytes, openDirectory, replaceFile } from './open.ts'
import { createPendingOrders } from './pending.ts'
import { configureConnection, TABLE } from './schema.ts'
import { type Amount, type Entry, emptyKinds, type Key, type Store } from './store.ts'
import { readTotals, type Totals, toReason } from './writer.ts'
import { startWriterThread, type WriterLink } from './writer-link.ts'

/** A store that survives a restart, and keeps small notes beside the entries. */
export interface SqliteStore extends Store {
  readNote(name: string): string | undefined
  writeNote(name: string, value: string): void
  /** Says what the origin's clock says: removal by age waits for it where ours looks wrong. */
  confirmClock(originNow: number): void
}

/** What it needs of the rest. */
export interface SqliteOptions {
  readonly dataDir: string
  /** Budget of the database file in bytes. */
  readonly maxBytes: number
  readonly clock: Clock
  /** The built entry of the writer thread: Node 20 runs no TypeScript, so tests name the built one too. */
  readonly writerUrl: URL
  tell(event: StoreEvent): void
}

/** A clock that is further than this from the newest row is doubted, in ms. */
const CLOCK_DOUBT_MS = 7 * 24 * 3600 * 1000

/**
 * Opens the database of a data directory. Throws `foreign-database`; every other fault leaves a store
 * that keeps nothing, with an event that says why.
 */
export function createSqliteStore(options: SqliteOptions): SqliteStore {
  const { dataDir, tell } = options
  const absent = createAbsentStore()
  const opened = openDirectory(dataDir, options.clock.now(), tell)
  if (opened === undefined) return absent
  const onGivenUp = (error: unknown): void =>
    tell({ kind: 'unavailable', path: dataDir, reason: toReason(error) })
  try {
    const store = createHealingStore({
      open: (onDamage) => new ThreadedStore(opened, options, onDamage),
      replace: () => replaceFile(opened.path, tell),
      onGivenUp,
      absent,
    })
    return closeWith(store, () => opened.lock.release())
  } catch (error) {
    opened.lock.release()
    onGivenUp(error)
    return absent
  }
}

/** The store, closed at most once, and what is done when it is. */
function closeWith(store: SqliteStore, release: () => void): SqliteStore {
  let closing: Promise<void> | undefined
  return {
    ...store,
    close() {
      closing ??= store.close().finally(release)
      return closing
    },
  }
}

/** What stands for a database that cannot be used. */
function createAbsentStore(): SqliteStore {
  return {
    get: () => undefined,
    put() {},
    remove() {},
    usage: () => [{ tier: 'sqlite', kinds: emptyKinds() }],
    async flush() {},
    async close() {},
    readNote: () => undefined,
    writeNote() {},
    confirmClock() {},
  }
}

interface Row extends Omit<EntryMeta, 'key'> {
  readonly sum: Buffer
  readonly body: Buffer
}

class ThreadedStore implements SqliteStore {
  readonly #options: SqliteOptions
  readonly #onDamage: () => void
  readonly #database: Database
  readonly #select: Statement
  readonly #selectNote: Statement
  readonly #pending = createPendingOrders()
  readonly #writer: WriterLink
  #totals: Totals
  #isSweeping = false

  constructor(opened: OpenedDirectory, options: SqliteOptions, onDamage: () => void) {
    this.#options = options
    this.#onDamage = onDamage
    this.#database = new SqliteDatabase(opened.path, { readonly: true, timeout: 0 })
    configureConnection(this.#database)
    this.#select = this.#database.prepare(
      `SELECT partition, route, kind, model, digest, content_type AS contentType,
         stored_at AS storedAt, expires_at AS expiresAt, cost_ms AS costMs, tokens, sum, body
       FROM ${TABLE.entries} JOIN ${TABLE.bodies} USING (id) WHERE key = ?`,
    )
    this.#selectNote = this.#database.prepare(`SELECT value FROM ${TABLE.notes} WHERE name = ?`)
    this.#totals = readTotals(this.#database)
    this.#writer = this.#startWriter(opened.path)
    this.#startSweeping(this.#newestAt() ?? options.clock.now())
  }

  get(key: Key) {
    const pending = this.#pending.find(key)
    if (pending === 'removed') return undefined
    if (pending !== undefined) return { entry: pending, tier: 'sqlite' } as const
    const row = this.#read(() => this.#select.get(Buffer.from(key, 'hex'))) as Row | undefined
    if (row === undefined) return undefined
    const entry = toEntry(key, row)
    if (entry !== undefined) return { entry, tier: 'sqlite' } as const
    this.#options.tell({ kind: 'corrupt-row' })
    this.remove(key)
    return undefined
  }

  put(entry: Entry): void {
    const { frames, ...meta } = entry
    const packed = packFrames(frames)
    const isTaken = this.#writer.isAlive && this.#pending.add(entry.key, entry, packed.bytes.length)
    if (!isTaken) {
      this.#options.tell({ kind: 'dropped' })
      return
    }
    this.#writer.send({ kind: 'put', item: { meta, packed } }, [packed.bytes.buffer])
  }

  remove(key: Key): void {
    this.#pending.add(key, 'removed', 0)
    this.#writer.send({ kind: 'remove', key })
  }

  usage() {
    const kinds: Record<Kind, Amount> = { ...emptyKinds(), ...this.#totals }
    return [{ tier: 'sqlite', kinds }] as const
  }

  readNote(name: string): string | undefined {
    const row = this.#read(() => this.#selectNote.get(name)) as { value: string } | undefined
    return row?.value
  }

  writeNote(name: string, value: string): void {
    this.#writer.send({ kind: 'note', name, value })
  }

  confirmClock(originNow: number): void {
    this.#startSweeping(originNow)
  }

  flush(): Promise<void> {
    return this.#writer.flush()
  }

  async close(): Promise<void> {
    await this.#writer.flush()
    // Before the writer's: only a connection that may write takes the log away when it is the last.
    this.#database.close()
    await this.#writer.close()
  }

  #startWriter(path: string): WriterLink {
    const { dataDir, maxBytes, writerUrl, tell } = this.#options
    const budget = Math.max(0, maxBytes - oldSchemaBytes(dataDir))
    return startWriterThread(
      writerUrl,
      { path, maxBytes: budget },
      {
        onSettled: (keys, totals) => {
          this.#totals = totals
          for (const key of keys) this.#pending.settle(key)
        },
        onEvent: (event) => {
          tell(event)
          if (event.kind === 'write-failed' && isDamage(event.reason)) this.#onDamage()
        },
        onDeath: (reason) => {
          this.#pending.clear()
          tell({ kind: 'write-failed', reason })
        },
      },
    )
  }

  /** Reads; a fault is thrown on, and damage is told to who can mend it. */
  #read(select: () => unknown): unknown {
    try {
      return select()
    } catch (error) {
      if (isDamage(toReason(error))) this.#onDamage()
      throw error
    }
  }

  #newestAt(): number | undefined {
    const newest = this.#database
      .prepare(`SELECT stored_at AS at FROM ${TABLE.entries} ORDER BY id DESC LIMIT 1`)
      .get()
    return (newest as { at: number } | undefined)?.at
  }

  /** Removal by age begins once a second witness agrees with our clock. */
  #startSweeping(witness: number): void {
    if (this.#isSweeping) return
    if (Math.abs(this.#options.clock.now() - witness) > CLOCK_DOUBT_MS) {
      this.#options.tell({ kind: 'clock-doubted' })
      return
    }
    this.#isSweeping = true
    this.#writer.send({ kind: 'sweep' })
  }
}

/** The entry of a row; undefined where a single bit of it is not what was stored. */
function toEntry(key: Key, row: Row): Entry | undefined {
  const { sum, body, ...said } = row
  const meta: EntryMeta = { ...said, key }
  if (!toChecksum(meta, body).equals(sum)) return undefined
  const frames = decodeBody(body)
  return frames && { ...meta, frames }
}
