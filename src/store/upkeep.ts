import type { Database } from 'better-sqlite3'
import type { Clock, Timer } from '../clock.ts'
import { type Chore, type Chores, createChores } from './chores.ts'
import { toReason } from './damage.ts'
import type { StoreEvent } from './events.ts'
import { createEviction } from './eviction.ts'
import type { Journal } from './journal.ts'
import type { Layout } from './layout.ts'
import { createPages, type Pages } from './pages.ts'
import type { Filter } from './query.ts'
import { createReclaim } from './reclaim.ts'
import type { Remembered } from './remembered.ts'
import { createRemovals } from './removals.ts'
import type { Rows } from './rows.ts'
import { giveBack, hasMuchToGiveBack } from './vacuum.ts'

/** Everything that is removed from a database, in slices under 5 ms with time for writes in between. */
export interface Upkeep {
  readonly chores: Chores
  /** Removal by age may begin; until then nothing is removed by it. */
  startSweeping(): void
  /** Removes what is worth least where the budget asks for it, then gives free pages back. */
  makeRoom(): void
  /** Makes sure, at once, that so many bytes can be written. */
  reserve(bytes: number): void
  purge(filter: Filter): Promise<number>
  expire(): Promise<number>
  /** Entries of all other digests are orphans. */
  setDigests(known: ReadonlySet<string>): void
  /** All entries there are now are orphans: keys are made differently. */
  abandonAll(): void
  stop(): void
}

/** What it needs of the rest. */
export interface UpkeepOptions {
  readonly database: Database
  readonly journal: Journal
  readonly rows: Rows
  readonly layout: Layout
  readonly clock: Clock
  readonly remembered: Remembered
  /** How long expired entries may still be given stale, in ms: they are swept after that. */
  readonly staleMs: number
  random(count: number): Buffer
  /** Lets whoever waits for the core have it, for a moment. */
  yieldCore(): void
  tell(event: StoreEvent): void
  /** Called after rows were removed. */
  onRemoved(): void
}

/** The longest wait for the next expiry, in ms: a timer of Node cannot be longer than 24 days. */
const LONGEST_WAIT_MS = 3_600_000
/** Rows that expire one after the other are swept together. */
const SHORTEST_WAIT_MS = 100
/** After a fault nothing is tried for so long, in ms. */
const RETRY_AFTER_MS = 10_000

/** For the one connection that writes. */
export function createUpkeep(options: UpkeepOptions): Upkeep {
  return new DatabaseUpkeep(options)
}

class DatabaseUpkeep implements Upkeep {
  readonly chores: Chores
  readonly #options: UpkeepOptions
  readonly #pages: Pages
  readonly #removals: ReturnType<typeof createRemovals>
  readonly #eviction: ReturnType<typeof createEviction>
  readonly #reclaim: ReturnType<typeof createReclaim>
  #ageTimer: Timer | undefined
  #isSweeping = false
  #isMakingRoom = false

  constructor(options: UpkeepOptions) {
    this.#options = options
    const { clock, tell, rows } = options
    const pages = createPages(options.database)
    this.#pages = pages
    const removals = createRemovals(tell)
    this.#removals = removals
    this.chores = createChores(clock, {
      onSlice: () => removals.tell() && options.onRemoved(),
      yieldCore: options.yieldCore,
    })
    const onRemoved = removals.add
    this.#reclaim = createReclaim({ ...options, onRemoved, lastId: () => rows.lastId })
    this.#eviction = createEviction({
      ...{ ...options, pages, onRemoved },
      era: () => rows.era(),
      dropExpired: () => (this.#isSweeping ? this.#reclaim.dropExpired(clock.now()) : 0),
    })
  }

  startSweeping(): void {
    this.#isSweeping = true
    this.#sweep()
  }

  makeRoom(): void {
    // What was removed to make a write fit is told now; a slice would tell of it later.
    if (this.#removals.tell()) this.#options.onRemoved()
    if (this.#isMakingRoom || !this.#lacksRoom()) return
    this.#isMakingRoom = true
    this.#attempt(this.#easeBudget(), () => {
      this.#isMakingRoom = false
    })
  }

  reserve(bytes: number): void {
    this.#eviction.reserve(bytes)
  }

  purge(filter: Filter): Promise<number> {
    const { lastId } = this.#options.rows
    return this.#thenRoom(this.chores.run(this.#reclaim.purge(filter, lastId, 'purged')))
  }

  expire(): Promise<number> {
    return this.#thenRoom(this.chores.run(this.#reclaim.expire(this.#options.clock.now())))
  }

  setDigests(known: ReadonlySet<string>): void {
    const orphans = this.#reclaim.dropOrphans(known, this.#options.rows.lastId)
    this.#attempt(orphans, () => this.makeRoom())
  }

  abandonAll(): void {
    const all = this.#reclaim.purge({}, this.#options.rows.lastId, 'orphaned')
    this.#attempt(all, () => this.makeRoom())
  }

  stop(): void {
    this.#ageTimer?.cancel()
    this.chores.stop()
  }

  #lacksRoom(): boolean {
    try {
      return this.#eviction.isNeeded() || hasMuchToGiveBack(this.#pages, this.#options.layout)
    } catch {
      // What is wrong is told by who tries to make room.
      return true
    }
  }

  *#easeBudget(): Chore<void> {
    const { database, layout } = this.#options
    while (this.#eviction.step() > 0) yield
    if (hasMuchToGiveBack(this.#pages, layout))
      yield* giveBack(database, this.#pages, this.#options)
  }

  #sweep(): void {
    const { clock, staleMs } = this.#options
    this.#attempt(this.#reclaim.expire(clock.now() - staleMs), (rows) => {
      const waitMs = rows === undefined ? RETRY_AFTER_MS : this.#untilNextExpiry()
      this.#ageTimer = clock.startTimer(waitMs, () => this.#sweep())
      if (rows) this.makeRoom()
    })
  }

  #untilNextExpiry(): number {
    const { clock, staleMs } = this.#options
    const at = this.#reclaim.nextExpiryAt()
    if (at === undefined) return LONGEST_WAIT_MS
    return Math.min(Math.max(at + staleMs - clock.now(), SHORTEST_WAIT_MS), LONGEST_WAIT_MS)
  }

  /** Pages come free with what was removed. */
  #thenRoom(removed: Promise<number>): Promise<number> {
    return removed.finally(() => this.makeRoom())
  }

  /** Nothing of a fault but an event, and `then` without a result. */
  #attempt<T>(chore: Chore<T>, then: (result: T | undefined) => void): void {
    const onFault = (error: unknown): void => {
      this.#options.tell({ kind: 'write-failed', reason: toReason(error) })
      then(undefined)
    }
    this.chores.run(chore).then(then).catch(onFault)
  }
}
