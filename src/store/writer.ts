import type { Clock, Timer } from '../clock.ts'
import { createBacklog } from './backlog.ts'
import { applyTogether, bytesOf, type Change, makeReady, type ReadyChange } from './changes.ts'
import type { EntryMeta, Packed } from './codec.ts'
import { toReason } from './damage.ts'
import type { StoreEvent } from './events.ts'
import type { Journal } from './journal.ts'
import { createSpells, type Spells } from './priority.ts'
import type { Rows, Touch } from './rows.ts'
import type { Key } from './store.ts'
import type { Totals } from './totals.ts'

/** An entry on its way to the database. */
export interface WriteItem {
  readonly meta: EntryMeta
  readonly packed: Packed
}

/** What the writer is told. */
export type WriterOrder =
  | { readonly kind: 'put'; readonly item: WriteItem }
  | { readonly kind: 'remove'; readonly key: Key }
  | { readonly kind: 'note'; readonly name: string; readonly value: string }
  | { readonly kind: 'touch'; readonly touches: readonly Touch[]; readonly at: number }
  | { readonly kind: 'flush'; readonly ticket: number }
  | { readonly kind: 'close' }

/** What the writer tells. */
export type WriterReport =
  /** The keys are in the database, or were given up; the totals are as they are now. */
  | { readonly kind: 'settled'; readonly keys: readonly Key[]; readonly totals: Totals }
  | { readonly kind: 'flushed'; readonly ticket: number }
  | { readonly kind: 'event'; readonly event: StoreEvent }
  | { readonly kind: 'closed' }

/** Writing begins when so many orders wait, so many bytes, or one has waited so long. */
const ENOUGH: Measure = { orders: 64, bytes: 1024 * 1024 }
const LONGEST_WAIT_MS = 30
/**
 * Then it goes on in pieces, and the core is given away after each: where there is only one, who answers clients waits for
 * it otherwise, for a slice of the kernel's (3 to 4 ms), or all of it in a real-time class. Within a piece it is given
 * away as well, for a moment, where it was had for a while.
 */
const PIECE: Measure = { orders: 16, bytes: 128 * 1024 }
const REST_MS = 1
/**
 * Where so much waits the core is busy, and who gives it away may not have it back for long: it is not given away until
 * less waits, and more is written at a time (64 rows in one transaction cost 6 µs less each than 16).
 */
const MUCH: Measure = { orders: 256, bytes: 4 * 1024 * 1024 }
/** After a failed write nothing is tried for so long, in ms. */
const RETRY_AFTER_MS = 10_000

interface Measure {
  readonly orders: number
  readonly bytes: number
}

/** The one writer of a database. */
export interface Writer {
  take(order: WriterOrder): void
  /** Writes what has been collected, now. */
  commit(): void
}

/** What the writer needs of the rest. */
export interface WriterOptions {
  readonly rows: Rows
  readonly journal: Journal
  readonly clock: Clock
  /** Of a budget: no body larger than `logBytes` is written, and no batch much larger. */
  readonly logBytes: number
  report(report: WriterReport): void
  readTotals(): Totals
  /** Makes sure that so many bytes can be written, as far as that can be. */
  reserve(bytes: number): void
  /** Lets whoever waits for the core have it, for a moment. */
  yieldCore(): void
  /** Called after each attempt, the failed ones too: a full database needs room most. */
  makeRoom(): void
  /** Closes the database. May throw. */
  close(): void
}

/** Collects orders, and writes them a piece at a time: each is one transaction. */
export function createWriter(options: WriterOptions): Writer {
  return new PieceWriter(options)
}

class PieceWriter implements Writer {
  readonly #options: WriterOptions
  readonly #backlog = createBacklog<Change>()
  readonly #spells: Spells
  /** Runs while orders wait until writing begins. */
  #wait: Timer | undefined
  /** Runs between two pieces. */
  #rest: Timer | undefined
  /** From when there was much until nothing waits. */
  #isBehind = false
  /** Monotonic instant before which nothing is written; undefined while writing works. */
  #offUntil: number | undefined

  constructor(options: WriterOptions) {
    this.#options = options
    this.#spells = createSpells(options.clock, options.yieldCore)
  }

  take(order: WriterOrder): void {
    switch (order.kind) {
      case 'flush':
        this.commit()
        this.#options.report({ kind: 'flushed', ticket: order.ticket })
        break
      case 'close':
        this.commit()
        this.#close()
        break
      case 'put':
      case 'remove':
      case 'note':
      case 'touch':
        this.#collect(order)
    }
  }

  commit(): void {
    this.#stopTimers()
    while (this.#backlog.orders > 0) this.#writePiece(ENOUGH)
  }

  #collect(change: Change): void {
    this.#backlog.add(change, change.kind === 'put' ? change.item.packed.length : 0)
    this.#isBehind ||= this.#has(MUCH)
    if (this.#has(MUCH) || (this.#rest === undefined && this.#has(ENOUGH))) this.#work()
    else if (this.#rest === undefined)
      this.#wait ??= this.#options.clock.startTimer(LONGEST_WAIT_MS, () => this.#work())
  }

  #work(): void {
    this.#stopTimers()
    while (this.#has(MUCH)) this.#writePiece(ENOUGH)
    this.#spells.begin()
    this.#writePiece(PIECE, this.#isBehind ? goOn : this.#spells.spare)
    if (this.#backlog.orders === 0) return
    this.#rest = this.#options.clock.startTimer(REST_MS, () => this.#work())
  }

  #stopTimers(): void {
    this.#wait?.cancel()
    this.#rest?.cancel()
    this.#wait = undefined
    this.#rest = undefined
  }

  #has({ orders, bytes }: Measure): boolean {
    return this.#backlog.orders >= orders || this.#backlog.bytes >= bytes
  }

  #writePiece({ orders, bytes }: Measure, spare = goOn): void {
    const piece = this.#backlog.take(orders, Math.min(bytes, this.#options.logBytes))
    if (this.#backlog.orders === 0) this.#isBehind = false
    if (this.#isOff()) this.#drop(piece.filter(isPut).length)
    else this.#attempt(piece, spare)
    this.#options.report({
      kind: 'settled',
      keys: piece.flatMap(toKeys),
      totals: this.#options.readTotals(),
    })
  }

  #isOff(): boolean {
    return this.#offUntil !== undefined && this.#options.clock.monotonic() < this.#offUntil
  }

  #attempt(batch: readonly Change[], spare: () => void): void {
    const ready = batch.map((change) => {
      spare()
      return makeReady(change)
    })
    const fitting = ready.filter((change) => bytesOf(change) <= this.#options.logBytes)
    try {
      const refused = this.#write(fitting, spare)
      spare()
      if (!this.#has(ENOUGH)) this.#options.journal.ease()
      if (this.#offUntil !== undefined) this.#tell({ kind: 'recovered' })
      this.#offUntil = undefined
      const rows = fitting.filter(({ kind }) => kind === 'put').length - refused
      this.#tell({ kind: 'committed', rows })
      this.#drop(refused + ready.length - fitting.length)
    } catch (error) {
      this.#offUntil = this.#options.clock.monotonic() + RETRY_AFTER_MS
      this.#tell({ kind: 'write-failed', reason: toReason(error) })
    }
    spare()
    this.#options.makeRoom()
  }

  /** Gives how many entries the tables refused. */
  #write(changes: readonly ReadyChange[], spare: () => void): number {
    const { journal, rows } = this.#options
    // What could not be folded back may be now.
    if (this.#offUntil !== undefined) journal.fold()
    this.#options.reserve(changes.reduce((sum, change) => sum + bytesOf(change), 0))
    return applyTogether(changes, { journal, rows, betweenRows: spare })
  }

  #drop(count: number): void {
    for (let i = 0; i < count; i++) this.#tell({ kind: 'dropped' })
  }

  #tell(event: StoreEvent): void {
    this.#options.report({ kind: 'event', event })
  }

  #close(): void {
    try {
      this.#options.close()
    } catch {
      // What could not be folded back now is folded back when the file is opened again.
    }
    this.#options.report({ kind: 'closed' })
  }
}

/** Who waits for the writer, or has enough for it, wants no pauses. */
function goOn(): void {}

function isPut(change: Change): boolean {
  return change.kind === 'put'
}

function toKeys(change: Change): Key[] {
  switch (change.kind) {
    case 'put':
      return [change.item.meta.key]
    case 'remove':
      return [change.key]
    case 'touch':
    case 'note':
      return []
  }
}
