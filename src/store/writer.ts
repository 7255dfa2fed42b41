import type { Clock, Timer } from '../clock.ts'
import type { EntryMeta, Packed } from './codec.ts'
import { toReason } from './damage.ts'
import type { StoreEvent } from './events.ts'
import type { Journal } from './journal.ts'
import { type Rows, type StoredRow, type Touch, toStoredRow } from './rows.ts'
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

/** A batch is written when it has so many orders, so many bytes, or has waited so long. */
const BATCH_ORDERS = 64
const BATCH_BYTES = 1024 * 1024
const BATCH_WAIT_MS = 30
/** After a failed write nothing is tried for so long, in ms. */
const RETRY_AFTER_MS = 10_000

type Change = Exclude<WriterOrder, { kind: 'flush' | 'close' }>
/** A change whose body is deflated already. */
type ReadyChange = Exclude<Change, { kind: 'put' }> | { kind: 'put'; row: StoredRow }

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
  /** Called after each attempt, the failed ones too: a full database needs room most. */
  makeRoom(): void
  /** Closes the database. May throw. */
  close(): void
}

/** Collects orders and commits them in batches: 64 rows in one transaction cost 9 µs each instead of 21. */
export function createWriter(options: WriterOptions): Writer {
  return new BatchWriter(options)
}

class BatchWriter implements Writer {
  readonly #options: WriterOptions
  readonly #batchBytes: number
  #batch: Change[] = []
  #bytes = 0
  #timer: Timer | undefined
  /** Monotonic instant before which nothing is written; undefined while writing works. */
  #offUntil: number | undefined

  constructor(options: WriterOptions) {
    this.#options = options
    this.#batchBytes = Math.min(BATCH_BYTES, options.logBytes)
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
    this.#timer?.cancel()
    this.#timer = undefined
    const batch = this.#batch
    this.#batch = []
    this.#bytes = 0
    if (batch.length === 0) return
    if (this.#isOff()) this.#drop(batch.filter(isPut).length)
    else this.#attempt(batch)
    this.#options.report({
      kind: 'settled',
      keys: batch.flatMap(toKeys),
      totals: this.#options.readTotals(),
    })
  }

  #collect(change: Change): void {
    this.#batch.push(change)
    if (change.kind === 'put') this.#bytes += change.item.packed.length
    if (this.#batch.length >= BATCH_ORDERS || this.#bytes >= this.#batchBytes) this.commit()
    else this.#timer ??= this.#options.clock.startTimer(BATCH_WAIT_MS, () => this.commit())
  }

  #isOff(): boolean {
    return this.#offUntil !== undefined && this.#options.clock.monotonic() < this.#offUntil
  }

  #attempt(batch: readonly Change[]): void {
    const ready = batch.map(makeReady)
    const fitting = ready.filter((change) => this.#bytesOf(change) <= this.#options.logBytes)
    try {
      const refused = this.#write(fitting)
      if (this.#offUntil !== undefined) this.#tell({ kind: 'recovered' })
      this.#offUntil = undefined
      const rows = fitting.filter(({ kind }) => kind === 'put').length - refused
      this.#tell({ kind: 'committed', rows })
      this.#drop(refused + ready.length - fitting.length)
    } catch (error) {
      this.#offUntil = this.#options.clock.monotonic() + RETRY_AFTER_MS
      this.#tell({ kind: 'write-failed', reason: toReason(error) })
    }
    this.#options.makeRoom()
  }

  /** Applies the changes; gives how many entries the tables refused. */
  #write(changes: readonly ReadyChange[]): number {
    const { journal } = this.#options
    // What could not be folded back may be now.
    if (this.#offUntil !== undefined) journal.fold()
    journal.waitForReaders()
    this.#options.reserve(changes.reduce((sum, change) => sum + this.#bytesOf(change), 0))
    return this.#apply(changes)
  }

  /**
   * In one transaction. One entry that no column takes (a count that is no number) must not cost the others of
   * its batch: it is left out, and the rest begun again. A savepoint for each cost a fifth of its row.
   */
  #apply(changes: readonly ReadyChange[]): number {
    const { journal, rows } = this.#options
    for (let left = changes; ; ) {
      let at = 0
      try {
        journal.commit(() =>
          rows.together(() => {
            for (at = 0; at < left.length; at++) this.#applyOne(left[at])
          }),
        )
        return changes.length - left.length
      } catch (error) {
        if (!isRefusal(error) || left[at]?.kind !== 'put') throw error
        left = left.toSpliced(at, 1)
      }
    }
  }

  #bytesOf(change: ReadyChange): number {
    return change.kind === 'put' ? change.row.body.length : 0
  }

  #applyOne(change: ReadyChange | undefined): void {
    const { rows } = this.#options
    switch (change?.kind) {
      case 'put':
        rows.put(change.row)
        break
      case 'remove':
        rows.remove(change.key)
        break
      case 'touch':
        rows.touch(change.touches, change.at)
        break
      case 'note':
        rows.putNote(change.name, change.value)
    }
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

function isRefusal(error: unknown): boolean {
  return toReason(error).startsWith('SQLITE_CONSTRAINT')
}

function isPut(change: Change): boolean {
  return change.kind === 'put'
}

function makeReady(change: Change): ReadyChange {
  if (change.kind !== 'put') return change
  return { kind: 'put', row: toStoredRow(change.item.meta, change.item.packed) }
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
