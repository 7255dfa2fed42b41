import type { Clock } from '../clock.ts'
import { createAbsentStore } from './absent.ts'
import { toReason } from './damage.ts'
import type { StoreEvent } from './events.ts'
import { createHealingStore, type Fault, type OpenedStore } from './healing.ts'
import { moveAside, openDirectory } from './open.ts'
import type { OwnedStore } from './query.ts'
import type { FileFacts } from './question.ts'
import { createThreadedStore } from './threaded.ts'

/** What `doctor` reads of a store. */
export interface Inspection extends FileFacts {
  /** Of a check made now: `ok`, the first thing that is wrong, or why it could not be found out. */
  readonly integrity: string
}

/** A store that survives a restart, and keeps small notes beside the entries. */
export interface SqliteStore extends OwnedStore {
  readNote(name: string): string | undefined
  writeNote(name: string, value: string): void
  /** Says what the origin's clock says: removal by age waits for it where ours looks wrong. */
  confirmClock(originNow: number): void
  /** What the files are like; undefined where there are none. Rejects with `store-failed`. */
  inspect(): Promise<Inspection | undefined>
}

/** What it needs of the rest. */
export interface SqliteOptions {
  readonly dataDir: string
  /** Budget in bytes of the database file, its write-ahead log and shared memory together. */
  readonly maxBytes: number
  /** Share of the budget that embeddings may take, from 0 to 1; default 0.25. */
  readonly embeddingShare?: number
  /** How long expired entries may still be given stale, in ms; default 0. They are swept after that. */
  readonly staleMs?: number
  readonly clock: Clock
  /** The built entry of the writer thread: Node 20 runs no TypeScript, so tests name the built one too. */
  readonly writerUrl: URL
  tell(event: StoreEvent): void
}

/**
 * Opens the database of a data directory. Throws `foreign-database`; every other fault leaves a store
 * that keeps nothing, with an event that says why, until it can be opened.
 */
export function createSqliteStore(options: SqliteOptions): SqliteStore {
  const { clock, dataDir, tell } = options
  return createHealingStore({
    clock,
    dataDir,
    tell,
    absent: createAbsentStore(),
    open: (told, onFault) => openStore({ ...options, tell: told }, onFault),
  })
}

function openStore(
  options: SqliteOptions,
  onFault: (fault: Fault) => void,
): OpenedStore | undefined {
  const { clock, dataDir, tell } = options
  const opened = openDirectory(dataDir, clock.now(), tell)
  if (opened === undefined) return undefined
  try {
    return {
      store: createThreadedStore(opened, options, onFault),
      access: opened.access,
      moveAside: () => tell({ kind: 'moved-aside', path: moveAside(opened.path) }),
      release: () => opened.lock?.release(),
    }
  } catch (error) {
    opened.lock?.release()
    tell({ kind: 'unavailable', path: dataDir, reason: toReason(error) })
    return undefined
  }
}
