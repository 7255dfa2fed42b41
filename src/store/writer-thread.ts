import { randomBytes } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import SqliteDatabase from 'better-sqlite3'
import { systemClock } from '../clock.ts'
import {
  createKeeper,
  createReadingKeeper,
  type KeeperOptions,
  type KeeperOrder,
} from './keeper.ts'
import { openParcel, type Parcel } from './parcel.ts'
import { yieldCore } from './priority.ts'
import { configureConnection } from './schema.ts'

/** What the thread is started with. */
export interface WriterThreadData
  extends Pick<KeeperOptions, 'path' | 'maxBytes' | 'embeddingShare' | 'staleMs'> {
  readonly access: 'read-write' | 'read-only'
}

/** How long a lock of another connection is waited for, in ms. Nobody waits for this thread. */
const BUSY_LIMIT_MS = 250

runThread(workerData as WriterThreadData)

function runThread({ access, ...data }: WriterThreadData): void {
  const port = parentPort
  if (port === null) return
  const readonly = access === 'read-only'
  const database = new SqliteDatabase(data.path, { timeout: BUSY_LIMIT_MS, readonly })
  configureConnection(database)
  // Folded back by the journal, which counts in bytes.
  database.pragma('wal_autocheckpoint = 0')
  const create = readonly ? createReadingKeeper : createKeeper
  const keeper = create({
    ...data,
    database,
    clock: systemClock,
    random: (count) => randomBytes(count),
    yieldCore,
    report: (report) => port.postMessage(report),
  })
  port.on('message', (order: KeeperOrder | Parcel) => {
    if (order.kind !== 'parcel') keeper.take(order)
    else for (const item of openParcel(order)) keeper.take({ kind: 'put', item })
    if (order.kind === 'close') port.close()
  })
}
