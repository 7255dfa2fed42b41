import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect } from 'vitest'
import { type Clock, systemClock } from '../../src/clock.ts'
import type { StoreEvent } from '../../src/store/events.ts'
import { createSqliteStore, type SqliteStore } from '../../src/store/sqlite.ts'
import { entryIn, entryOf } from './entries.ts'

/** The built thread: Node 20 runs no TypeScript. `npm test` builds it first. */
export const WRITER_URL = new URL('../../dist/store/writer-thread.js', import.meta.url)

/** A store with what it told, in order, but for a check after the start that found nothing. */
export interface Opened {
  readonly store: SqliteStore
  readonly events: StoreEvent[]
  /** The events of one kind, that one too. */
  told(kind: StoreEvent['kind']): StoreEvent[]
}

/** What a test changes of the options. */
export interface Changes {
  readonly clock?: Clock
  readonly maxBytes?: number
  readonly writerUrl?: URL
  readonly embeddingShare?: number
  readonly staleMs?: number
}

const directories: string[] = []
const stores: SqliteStore[] = []
const lastly: (() => void)[] = []

afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
  for (const run of lastly.splice(0).toReversed()) run()
  for (const path of directories.splice(0)) rmSync(path, { recursive: true, force: true })
})

/** An empty directory, removed after the test. */
export function createDirectory(parent = tmpdir()): string {
  const path = mkdtempSync(join(parent, 'reprise-store-'))
  directories.push(path)
  return path
}

/** Runs after the test, when its stores are closed and its directories still there. */
export function runLastly(run: () => void): void {
  lastly.push(run)
}

/** Opens the store of a directory; it is closed after the test. */
export function openStore(dataDir: string, changes: Changes = {}): Opened {
  const all: StoreEvent[] = []
  const events: StoreEvent[] = []
  const tell = (event: StoreEvent): void => {
    all.push(event)
    // Comes when it comes: only a test that asks for it waits for it.
    if (event.kind !== 'checked' || event.result !== 'ok') events.push(event)
  }
  const store = createSqliteStore({
    dataDir,
    maxBytes: 256 * 1024 * 1024,
    clock: systemClock,
    writerUrl: WRITER_URL,
    tell,
    ...changes,
  })
  stores.push(store)
  return { store, events, told: (kind) => all.filter((event) => event.kind === kind) }
}

/** A store that keeps nothing is still a store: nothing throws, nothing is found. */
export async function expectNothingKept({ store }: Opened): Promise<void> {
  store.put(entryOf(1))
  store.remove(entryOf(2).key)
  store.writeNote('models', '{}')
  await store.flush()
  expect(await entryIn(store, 1)).toBeUndefined()
  expect(store.readNote('models')).toBeUndefined()
  expect(store.usage()[0]?.kinds.text.entries).toBe(0)
  await store.close()
}

/** Keeps asking until there is an answer: for what another thread does in its own time. */
export async function eventually<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await new Promise((resolve) => setImmediate(resolve))
  }
}
