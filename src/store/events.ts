/** What a store tells the operator of; clients never hear of it. */
export type StoreEvent =
  /** The file was damaged, or no database; it is kept under this path and a new one begun. */
  | { readonly kind: 'moved-aside'; readonly path: string }
  /** The file was deleted or another put in its place while it was in use; it is opened anew. */
  | { readonly kind: 'file-gone'; readonly path: string }
  /** Another process owns the data directory; this one works in memory only. */
  | { readonly kind: 'locked-by-other'; readonly path: string }
  /** The data directory cannot be used; entries live in memory only until it can. */
  | { readonly kind: 'unavailable'; readonly path: string; readonly reason: string }
  /** The data directory cannot be written: what is there is served, nothing is added until it can. */
  | { readonly kind: 'read-only'; readonly path: string; readonly reason: string }
  /** A batch could not be written; nothing is written until the next attempt. */
  | { readonly kind: 'write-failed'; readonly reason: string }
  /** Writing works again. */
  | { readonly kind: 'recovered' }
  /** An entry was not written: the queue was full, it was too large, or writing is off. */
  | { readonly kind: 'dropped' }
  /** A row did not match its checksum and was removed. */
  | { readonly kind: 'corrupt-row' }
  /** Rows removed in one slice, for one reason. */
  | { readonly kind: 'removed'; readonly reason: EvictionReason; readonly rows: number }
  /** Entries of a model that the origin no longer has, all removed. */
  | {
      readonly kind: 'orphaned'
      readonly digest: string
      /** The model's name as the last client wrote it. */
      readonly model: string
      readonly rows: number
    }
  /** Entries written in one transaction. */
  | { readonly kind: 'committed'; readonly rows: number }
  /** The database was checked through: `ok`, or the first thing that is wrong with it. */
  | { readonly kind: 'checked'; readonly result: string }
  /** Nothing is removed by age until the machine's clock and the origin's agree. */
  | { readonly kind: 'clock-doubted' }

/** Why rows were removed. */
export type EvictionReason =
  /** Their lifetime was over, and the time in which they might have been given stale. */
  | 'expired'
  /** Their model is gone, or keys are made differently now: nothing can match them. */
  | 'orphaned'
  /** The budget was reached; these were worth least. */
  | 'budget'
  /** Embeddings had used up their share; these were worth least of them. */
  | 'quota'
  /** The owner said so. */
  | 'purged'
