import { parentPort, workerData } from 'node:worker_threads'
import SqliteDatabase from 'better-sqlite3'
import { toReason } from './damage.ts'
import { giveWay } from './priority.ts'

/** What the thread is started with: the database to check. */
export interface CheckThreadData {
  readonly path: string
}

// Seconds of computing for a database of many gigabytes: on one core, clients waited for it in turns of the kernel's.
giveWay()
parentPort?.postMessage(check(workerData as CheckThreadData))

/** `ok`, or the first thing that is wrong: 0.4 s for a gigabyte in memory, as long as it takes to read from a disk. */
function check({ path }: CheckThreadData): string {
  try {
    const database = new SqliteDatabase(path, { readonly: true, timeout: 0 })
    try {
      return String(database.pragma('quick_check(1)', { simple: true }))
    } finally {
      database.close()
    }
  } catch (error) {
    return toReason(error)
  }
}
