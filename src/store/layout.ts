import { PAGE_BYTES } from './schema.ts'

/** How a budget is shared out. */
export interface Layout {
  /** Past so many bytes the write-ahead log is folded back; nothing larger is written at once. */
  readonly logBytes: number
  /** Past so many where little waits to be written. */
  readonly foldBytes: number
  /** Past so many nothing is written while somebody reads what is in the log. */
  readonly overfullBytes: number
  /** Pages the database may ever have: the backstop. */
  readonly maxPages: number
  /** Past so many pages in use, entries go for room. */
  readonly fullPages: number
  /** Until so few are in use. */
  readonly easedPages: number
  /** What embeddings may take. */
  readonly embeddingBytes: number
}

/** What a row takes besides its body: its columns, its places in indexes, page ends. Measured at 500 to 700. */
export const ROW_BYTES = 600

/** A busy writer folds rarely: it sleeps in each fold until the disk is done, and may not have the core back for long. */
const MOST_LOG_BYTES = 8 * 1024 * 1024
/** Of a core, 128 pages take 1.2 ms to fold back, and a thousand 5 to 7, for which who answers clients may be waiting. */
const MOST_FOLD_BYTES = 1024 * 1024
const LEAST_LOG_BYTES = 16 * PAGE_BYTES
const LOG_SHARE = 1 / 32
/** The log may reach so many times its share while somebody reads. */
const OVERFULL = 2
/** What the largest transaction adds to it: 64 rows of 1 KB, or 8 that go, 29 pages of a small database and 98 of a large one. */
const LEAST_TRANSACTION_BYTES = 32 * PAGE_BYTES
/** Of a budget under 2 MiB no more than this: with a reader held, all files of 1 MiB stayed within 0.78 of it. */
const TRANSACTION_SHARE = 1 / 8
/** The index of the log, which is shared memory: 32 KiB per 4 096 pages. */
const SHARED_MEMORY_BYTES = 64 * 1024
const LEAST_PAGES = 16

/**
 * Shares out `maxBytes`, in which the database file, its write-ahead log and shared memory all have
 * room. `embeddingShare` is between 0 and 1.
 */
export function toLayout(maxBytes: number, embeddingShare: number): Layout {
  const logBytes = Math.min(
    MOST_LOG_BYTES,
    Math.max(LEAST_LOG_BYTES, Math.floor(maxBytes * LOG_SHARE)),
  )
  const overfullBytes = OVERFULL * logBytes
  const transactionBytes = Math.max(
    logBytes,
    Math.min(LEAST_TRANSACTION_BYTES, maxBytes * TRANSACTION_SHARE),
  )
  const forPages = maxBytes - overfullBytes - transactionBytes - SHARED_MEMORY_BYTES
  const maxPages = Math.max(LEAST_PAGES, Math.floor(forPages / PAGE_BYTES))
  const logPages = Math.ceil(logBytes / PAGE_BYTES)
  const fullPages = Math.max(Math.floor(maxPages / 2), maxPages - 2 * logPages)
  return {
    logBytes,
    foldBytes: Math.min(MOST_FOLD_BYTES, logBytes),
    overfullBytes,
    maxPages,
    fullPages,
    easedPages: fullPages - Math.ceil(Math.min(logPages, maxPages / 8) / 2),
    embeddingBytes: fullPages * PAGE_BYTES * embeddingShare,
  }
}
