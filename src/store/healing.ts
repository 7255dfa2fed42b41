import { accessSync, constants } from 'node:fs'
import type { Clock, Timer } from '../clock.ts'
import { toReason } from './damage.ts'
import type { StoreEvent } from './events.ts'
import type { SqliteStore } from './sqlite.ts'

/** What can befall an open database. */
export type Fault =
  /** It is damaged: it is moved aside, and a new one begun. */
  | 'damaged'
  /** Its file was deleted or replaced: the name is opened anew. */
  | 'gone'
  /** Its thread has ended: it is opened again after a while. */
  | 'dead'

/** A database as it was opened. */
export interface OpenedStore {
  readonly store: SqliteStore
  readonly access: 'read-write' | 'read-only'
  /** Renames the file. May throw. */
  moveAside(): void
  /** Lets go of the directory; the store is closed before. */
  release(): void
}

/** What a store that heals is made of. */
export interface HealingOptions {
  readonly dataDir: string
  readonly clock: Clock
  tell(event: StoreEvent): void
  /** Opens the database; undefined, with an event, where it cannot be used now. */
  open(tell: (event: StoreEvent) => void, onFault: (fault: Fault) => void): OpenedStore | undefined
  /** What stands in meanwhile: a store that keeps nothing. */
  readonly absent: SqliteStore
}

/** A directory that could not be used or written is tried again so often, in ms. */
const RETRY_EVERY_MS = 12_000

/**
 * A database that is opened anew, without a restart, when its file is damaged, deleted or replaced, or
 * when a directory that could not be used can be. Requests see misses meanwhile, and nothing else. The
 * first opening may throw `foreign-database`.
 */
export function createHealingStore(options: HealingOptions): SqliteStore {
  const life = new Life(options)
  const now = (): SqliteStore => life.current
  return {
    get: (key) => now().get(key),
    recall: (key) => now().recall?.(key),
    survey: (keys) => now().survey(keys),
    put: (entry) => now().put(entry),
    remove: (key) => now().remove(key),
    usage: () => now().usage(),
    readNote: (name) => now().readNote(name),
    writeNote: (name, value) => now().writeNote(name, value),
    confirmClock: (originNow) => now().confirmClock(originNow),
    inspect: () => now().inspect(),
    peek: (key) => now().peek(key),
    list: (query) => now().list(query),
    purge: (filter, mode) => now().purge(filter, mode),
    expire: () => now().expire(),
    nearest: (parts, route) => now().nearest(parts, route),
    entries: (filter) => now().entries(filter),
    held: (keys) => now().held(keys),
    setDigests: (known) => life.setDigests(known),
    touch: (key) => now().touch(key),
    putIfNewer: (entry) => now().putIfNewer(entry),
    async flush() {
      await life.healing
      await now().flush()
    },
    close: () => life.close(),
  }
}

class Life {
  current: SqliteStore
  /** Settled when the opening anew that is under way is done. */
  healing: Promise<void> | undefined
  readonly #options: HealingOptions
  #opened: OpenedStore | undefined
  #known: ReadonlySet<string> | undefined
  #retry: Timer | undefined
  #closing: Promise<void> | undefined
  /** What was last told of a directory that cannot be used: it is said once, not at each try. */
  #complaint: string | undefined

  constructor(options: HealingOptions) {
    this.#options = options
    this.current = options.absent
    this.#open()
  }

  /** Kept, so that a database opened later knows them too. */
  setDigests(known: ReadonlySet<string>): void {
    this.#known = known
    this.current.setDigests(known)
  }

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  async #end(): Promise<void> {
    await this.healing
    this.#retry?.cancel()
    await this.#letGo()
  }

  #open(): void {
    const { open, clock } = this.#options
    let isOver = false
    const opened = open(
      (event) => this.#tell(event),
      (fault) => {
        // A fault of a store that has been replaced already says nothing of the new one.
        if (!isOver) this.#meet(fault)
        isOver = fault !== 'dead'
      },
    )
    this.#opened = opened
    this.current = opened?.store ?? this.#options.absent
    if (this.#known !== undefined) this.current.setDigests(this.#known)
    if (opened?.access === 'read-write') this.#recover()
    else this.#retry = clock.startTimer(RETRY_EVERY_MS, () => this.#tryAgain())
  }

  #recover(): void {
    if (this.#complaint !== undefined) this.#options.tell({ kind: 'recovered' })
    this.#complaint = undefined
  }

  #tell(event: StoreEvent): void {
    const isComplaint = ['unavailable', 'read-only', 'locked-by-other'].includes(event.kind)
    const complaint = JSON.stringify(event)
    if (isComplaint && complaint === this.#complaint) return
    if (isComplaint) this.#complaint = complaint
    this.#options.tell(event)
  }

  #meet(fault: Fault): void {
    if (this.#closing !== undefined) return
    if (fault === 'dead') {
      this.#retry ??= this.#options.clock.startTimer(RETRY_EVERY_MS, () => this.#tryAgain())
      return
    }
    if (fault === 'gone') this.#tell({ kind: 'file-gone', path: this.#options.dataDir })
    this.#begin(fault)
  }

  #tryAgain(): void {
    this.#retry = undefined
    // Opening what can be read only once more would gain nothing.
    const isWorthIt = this.#opened?.access !== 'read-only' || isWritable(this.#options.dataDir)
    if (isWorthIt) this.#begin('dead')
    else {
      const { clock } = this.#options
      this.#retry = clock.startTimer(RETRY_EVERY_MS, () => this.#tryAgain())
    }
  }

  #begin(fault: Fault): void {
    if (this.healing !== undefined || this.#closing !== undefined) return
    this.healing = this.#replace(fault).finally(() => {
      this.healing = undefined
    })
  }

  async #replace(fault: Fault): Promise<void> {
    const { dataDir, clock } = this.#options
    this.#retry?.cancel()
    this.#retry = undefined
    try {
      await this.#letGo(fault === 'damaged' ? (opened) => opened.moveAside() : undefined)
      this.#open()
    } catch (error) {
      this.#tell({ kind: 'unavailable', path: dataDir, reason: toReason(error) })
      this.#retry = clock.startTimer(RETRY_EVERY_MS, () => this.#tryAgain())
    }
  }

  async #letGo(then: (opened: OpenedStore) => void = () => {}): Promise<void> {
    const opened = this.#opened
    this.#opened = undefined
    this.current = this.#options.absent
    if (opened === undefined) return
    try {
      await opened.store.close()
      then(opened)
    } finally {
      opened.release()
    }
  }
}

function isWritable(dataDir: string): boolean {
  try {
    accessSync(dataDir, constants.W_OK)
    return true
  } catch {
    return false
  }
}
