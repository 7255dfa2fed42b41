import type { Database } from 'better-sqlite3'
import { createJournal, type LogLimits } from '../../src/store/journal.ts'
import { createRemembered } from '../../src/store/remembered.ts'
import { createRows } from '../../src/store/rows.ts'
import { createTotals } from '../../src/store/totals.ts'
import { createWriter, type Writer, type WriterOptions } from '../../src/store/writer.ts'

/** Of a database in memory, which has none. */
export const NO_LOG: LogLimits = {
  logBytes: Number.POSITIVE_INFINITY,
  foldBytes: Number.POSITIVE_INFINITY,
  overfullBytes: Number.POSITIVE_INFINITY,
}

/** A writer in this thread, of a database in memory: without a log, a budget or anything that makes room. */
export function createWriterHere(
  given: Pick<WriterOptions, 'clock' | 'report'> & Partial<WriterOptions> & { database: Database },
): Writer {
  const { database } = given
  return createWriter({
    rows: createRows(database, createRemembered()),
    journal: createJournal(database, '', NO_LOG),
    logBytes: Number.MAX_SAFE_INTEGER,
    readTotals: createTotals(database),
    yieldCore() {},
    reserve() {},
    makeRoom() {},
    close: () => void database.close(),
    ...given,
  })
}
