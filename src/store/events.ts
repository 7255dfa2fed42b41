/** What a store tells the operator of; clients never hear of it. */
export type StoreEvent =
  /** The file was damaged, or no database; it is kept under this path and a new one begun. */
  | { readonly kind: 'moved-aside'; readonly path: string }
  /** Another process owns the data directory; this one works in memory only. */
  | { readonly kind: 'locked-by-other'; readonly path: string }
  /** The data directory cannot be used; entries live in memory only. */
  | { readonly kind: 'unavailable'; readonly path: string; readonly reason: string }
  /** A batch could not be written; nothing is written until the next attempt. */
  | { readonly kind: 'write-failed'; readonly reason: string }
  /** Writing works again. */
  | { readonly kind: 'recovered' }
  /** An entry was not written: the queue was full, or writing is off. */
  | { readonly kind: 'dropped' }
  /** A row did not match its checksum and was removed. */
  | { readonly kind: 'corrupt-row' }
  /** Rows removed in one slice, by age or for room. */
  | { readonly kind: 'removed'; readonly reason: EvictionReason; readonly rows: number }
  /** Entries written in one transaction. */
  | { readonly kind: 'committed'; readonly rows: number }
  /** Nothing is removed by age until the machine's clock and the origin's agree. */
  | { readonly kind: 'clock-doubted' }

/** Why rows were removed. */
export type EvictionReason =
  /** Their lifetime was over. */
  | 'expired'
  /** The budget was reached; these were the oldest. */
  | 'room'
