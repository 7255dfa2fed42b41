import { parentPort, workerData } from 'node:worker_threads'
import SqliteDatabase from 'better-sqlite3'
import { systemClock } from '../clock.ts'
import { createEviction } from './eviction.ts'
import { configureConnection, PAGE_BYTES } from './schema.ts'
import { createWriter, readTotals, type WriterOrder, type WriterReport } from './writer.ts'

/** What the thread is started with. */
export interface WriterThreadData {
  readonly path: string
  readonly maxBytes: number
}

/** What the thread is told beside the writer's orders: removing by age may begin. */
export type ThreadOrder = WriterOrder | { readonly kind: 'sweep' }

/** How long a lock of another connection is waited for, in ms. Nobody waits for this thread. */
const BUSY_LIMIT_MS = 250

runThread(workerData as WriterThreadData)

function runThread({ path, maxBytes }: WriterThreadData): void {
  const port = parentPort
  if (port === null) return
  const database = new SqliteDatabase(path, { timeout: BUSY_LIMIT_MS })
  configureConnection(database)
  database.pragma('wal_autocheckpoint = 1000')
  database.pragma('journal_size_limit = 33554432')
  database.pragma(`max_page_count = ${Math.max(16, Math.floor(maxBytes / PAGE_BYTES))}`)
  const report = (message: WriterReport): void => port.postMessage(message)
  const eviction = createEviction({
    database,
    clock: systemClock,
    maxBytes,
    tell: (event) => report({ kind: 'event', event }),
    onRemoved: () => report({ kind: 'settled', keys: [], totals: readTotals(database) }),
  })
  const writer = createWriter({
    database,
    clock: systemClock,
    report,
    makeRoom: () => eviction.makeRoom(),
  })
  port.on('message', (order: ThreadOrder) => {
    if (order.kind === 'sweep') {
      eviction.start()
      return
    }
    if (order.kind === 'close') eviction.stop()
    writer.take(order)
    if (order.kind === 'close') port.close()
  })
}
