import SqliteDatabase, { type Database } from 'better-sqlite3'
import type { Kind } from '../ollama/kind.ts'
import { type Checking, createChecking } from './checking.ts'
import { type ClockDoubt, createClockDoubt } from './clock-doubt.ts'
import { isDamage, toReason } from './damage.ts'
import type { Fault } from './healing.ts'
import { leaveRoomBesideOld } from './old-schemas.ts'
import type { OpenedDirectory } from './open.ts'
import { metaOf, packedOf } from './packed-entry.ts'
import { createPendingOrders, toSight } from './pending.ts'
import { type Presence, watchPresence } from './presence.ts'
import type { Filter, ListQuery, Parts, PurgeMode } from './query.ts'
import type { KeySlice } from './question.ts'
import { createReader, type Reader } from './reader.ts'
import { configureConnection } from './schema.ts'
import type { SqliteOptions, SqliteStore } from './sqlite.ts'
import { type Amount, type Entry, emptyKinds, type Key, type Sight } from './store.ts'
import { createTotals, type Totals } from './totals.ts'
import { createTouches, type Touches } from './touches.ts'
import { startWriterThread, type WriterLink } from './writer-link.ts'

/** An import waits when so much is on its way to the disk: half of what may be. */
const MUCH_PENDING_BYTES = 32 * 1024 * 1024
const DEFAULT_EMBEDDING_SHARE = 0.25

/** Reads on this thread, writes and answers on another. Throws what SQLite throws. */
export function createThreadedStore(
  opened: OpenedDirectory,
  options: SqliteOptions,
  onFault: (fault: Fault) => void,
): SqliteStore {
  return new ThreadedStore(opened, options, onFault)
}

class ThreadedStore implements SqliteStore {
  readonly recall = (key: Key) => this.get(key)
  readonly #options: SqliteOptions
  readonly #opened: OpenedDirectory
  readonly #onFault: (fault: Fault) => void
  readonly #database: Database
  readonly #reader: Reader
  readonly #pending = createPendingOrders()
  readonly #writer: WriterLink
  readonly #touches: Touches
  readonly #presence: Presence
  readonly #checking: Checking
  readonly #clockDoubt: ClockDoubt
  #totals: Totals

  constructor(opened: OpenedDirectory, options: SqliteOptions, onFault: (fault: Fault) => void) {
    this.#options = options
    this.#opened = opened
    this.#onFault = onFault
    const { clock } = options
    this.#database = new SqliteDatabase(opened.path, { readonly: true, timeout: 0 })
    configureConnection(this.#database)
    this.#reader = createReader(this.#database)
    this.#totals = createTotals(this.#database)()
    this.#writer = this.#startWriter()
    this.#touches = createTouches(clock, (touches, at) =>
      this.#writer.send({ kind: 'touch', touches, at }),
    )
    this.#clockDoubt = createClockDoubt(
      clock,
      () => this.#writer.send({ kind: 'sweep' }),
      () => options.tell({ kind: 'clock-doubted' }),
    )
    this.#clockDoubt.hear(this.#reader.newestStoredAt() ?? clock.now())
    this.#presence = watchPresence({
      ...{ path: opened.path, clock },
      onGone: () => onFault('gone'),
      onShorter: () => this.#writer.send({ kind: 'verify' }),
    })
    this.#checking = createChecking({
      ...{ path: opened.path, clock, tell: options.tell },
      url: new URL('check-thread.js', options.writerUrl),
      onDamage: () => onFault('damaged'),
    })
  }

  get(key: Key) {
    const found = this.peek(key)
    if (found !== undefined) this.touch(key)
    return found
  }

  survey(keys: readonly Key[]): Sight[] {
    const seen = this.#read(() => this.#reader.survey(keys))
    return keys.map((key, place) => toSight(this.#pending.find(key), seen[place]))
  }

  peek(key: Key) {
    const pending = this.#pending.find(key)
    if (pending === 'removed') return undefined
    if (pending !== undefined) return { entry: pending, tier: 'sqlite' } as const
    const entry = this.#read(() => this.#reader.read(key))
    if (entry !== 'damaged') return entry && ({ entry, tier: 'sqlite' } as const)
    this.#options.tell({ kind: 'corrupt-row' })
    this.remove(key)
    return undefined
  }

  put(entry: Entry): void {
    const packed = packedOf(entry)
    const isTaken = this.#isWriting() && this.#pending.add(entry.key, entry, packed.length)
    if (!isTaken) {
      this.#options.tell({ kind: 'dropped' })
      return
    }
    this.#writer.put(metaOf(entry), packed)
  }

  async putIfNewer(entry: Entry): Promise<'put' | 'kept'> {
    const found = this.peek(entry.key)
    if (found !== undefined && found.entry.storedAt >= entry.storedAt) return 'kept'
    this.put(entry)
    if (this.#pending.bytes > MUCH_PENDING_BYTES) await this.flush()
    return 'put'
  }

  remove(key: Key): void {
    if (!this.#isWriting()) return
    this.#pending.add(key, 'removed', 0)
    this.#writer.send({ kind: 'remove', key })
  }

  touch(key: Key): void {
    this.#touches.add(key)
  }

  usage() {
    const kinds: Record<Kind, Amount> = { ...emptyKinds(), ...this.#totals }
    return [{ tier: 'sqlite', kinds }] as const
  }

  list(query: ListQuery) {
    this.#touches.flush()
    return this.#writer.ask('list', { query })
  }

  purge(filter: Filter, mode: PurgeMode): Promise<number> {
    this.#touches.flush()
    return this.#writer.ask(mode === 'purge' ? 'purge' : 'count', { filter })
  }

  expire(): Promise<number> {
    return this.#writer.ask('expire', {})
  }

  nearest(parts: Parts, route: string) {
    return this.#writer.ask('nearest', { parts, route })
  }

  async *entries(filter: Filter) {
    let after: number | undefined = 0
    while (after !== undefined) {
      const slice: KeySlice = await this.#writer.ask('keys', { filter, after })
      for (const key of slice.keys) {
        const found = this.peek(key)
        if (found !== undefined) yield found.entry
      }
      after = slice.after
    }
  }

  async held(keys: readonly Key[]): Promise<ReadonlySet<Key>> {
    return new Set(await this.#writer.ask('held', { keys }))
  }

  setDigests(known: ReadonlySet<string>): void {
    this.#writer.send({ kind: 'digests', known: new Set(known) })
  }

  readNote(name: string): string | undefined {
    return this.#read(() => this.#reader.readNote(name))
  }

  writeNote(name: string, value: string): void {
    this.#writer.send({ kind: 'note', name, value })
  }

  confirmClock(originNow: number): void {
    this.#clockDoubt.hear(originNow)
  }

  async inspect() {
    const [facts, integrity = 'stopped'] = await Promise.all([
      this.#writer.ask('inspect', {}),
      this.#checking.check(),
    ])
    return { ...facts, integrity }
  }

  flush(): Promise<void> {
    this.#touches.flush()
    return this.#writer.flush()
  }

  async close(): Promise<void> {
    this.#presence.stop()
    await this.#checking.stop()
    await this.flush()
    this.#touches.stop()
    // Before the writer's: only a connection that may write takes the log away when it is the last.
    this.#database.close()
    await this.#writer.close()
  }

  #isWriting(): boolean {
    return this.#writer.isAlive && this.#opened.access === 'read-write'
  }

  #startWriter(): WriterLink {
    const { dataDir, maxBytes, writerUrl, clock, tell, staleMs = 0 } = this.#options
    const { path, access } = this.#opened
    const { embeddingShare = DEFAULT_EMBEDDING_SHARE } = this.#options
    const budget = access === 'read-only' ? maxBytes : leaveRoomBesideOld(dataDir, maxBytes)
    return startWriterThread(
      writerUrl,
      { path, access, maxBytes: budget, embeddingShare, staleMs },
      clock,
      {
        onSettled: (keys, totals) => {
          this.#totals = totals
          for (const key of keys) this.#pending.settle(key)
        },
        onEvent: (event) => {
          tell(event)
          if (event.kind === 'write-failed' && isDamage(event.reason)) this.#onFault('damaged')
        },
        onDeath: (reason) => {
          this.#pending.clear()
          tell({ kind: 'write-failed', reason })
          this.#onFault('dead')
        },
      },
    )
  }

  /** Reads; a fault is thrown on, and damage is told to who can mend it. */
  #read<T>(select: () => T): T {
    try {
      return select()
    } catch (error) {
      if (isDamage(toReason(error))) this.#onFault('damaged')
      throw error
    }
  }
}
