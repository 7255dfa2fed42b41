import { toReason } from './damage.ts'
import type { Journal } from './journal.ts'
import { type Rows, type StoredRow, toStoredRow } from './rows.ts'
import type { WriterOrder } from './writer.ts'

/** An order that changes what is stored. */
export type Change = Exclude<WriterOrder, { kind: 'flush' | 'close' }>

/** A change whose body is deflated already. */
export type ReadyChange =
  | Exclude<Change, { kind: 'put' }>
  | { readonly kind: 'put'; readonly row: StoredRow }

/** Deflates the body: done before a transaction begins. */
export function makeReady(change: Change): ReadyChange {
  if (change.kind !== 'put') return change
  return { kind: 'put', row: toStoredRow(change.item.meta, change.item.packed) }
}

/** What a change takes of the log, in bytes, but for the pages of tables and indexes. */
export function bytesOf(change: ReadyChange): number {
  return change.kind === 'put' ? change.row.body.length : 0
}

/** What applying needs of the rest. */
export interface ApplyOptions {
  readonly journal: Journal
  readonly rows: Rows
  /** Called after each change. */
  betweenRows(): void
}

/**
 * Applies changes in one transaction, and gives how many entries the tables refused. One that no column takes (a
 * count that is no number) must not cost the others: it is left out, and the rest begun again, which is rare. A
 * savepoint for each row cost a fifth of it. Throws what else SQLite throws; then nothing was applied.
 */
export function applyTogether(
  changes: readonly ReadyChange[],
  { journal, rows, betweenRows }: ApplyOptions,
): number {
  for (let left = changes; ; ) {
    let at = 0
    const apply = (): void => {
      for (const [place, change] of left.entries()) {
        at = place
        applyTo(rows, change)
        betweenRows()
      }
    }
    try {
      journal.commit(() => rows.together(apply))
      return changes.length - left.length
    } catch (error) {
      if (!isRefusal(error) || left[at]?.kind !== 'put') throw error
      left = left.toSpliced(at, 1)
    }
  }
}

function applyTo(rows: Rows, change: ReadyChange): void {
  switch (change.kind) {
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

function isRefusal(error: unknown): boolean {
  return toReason(error).startsWith('SQLITE_CONSTRAINT')
}
