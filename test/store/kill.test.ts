import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DATABASE_NAME } from '../../src/store/schema.ts'
import type { SqliteStore } from '../../src/store/sqlite.ts'
import { createDirectory, eventually, openStore } from './sqlite-here.ts'

const CHILD = fileURLToPath(new URL('writing-child.mjs', import.meta.url))
const sha = (text: string) => createHash('sha256').update(text).digest('hex')

/** A process that writes entries from `first` on, until it is killed. */
interface WritingProcess {
  readonly child: ChildProcess
  /** What it says next: `open`, or the number of the last entry that is committed. */
  nextLine(): Promise<string>
  /** kill -9; gives what it still said, and its complaints. */
  kill(): Promise<{ lines: string[]; complaints: string }>
}

function startWriting(dataDir: string, first: number): WritingProcess {
  const child = spawn(process.execPath, [CHILD, dataDir, String(first)])
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let complaints = ''
  child.stderr.on('data', (text) => {
    complaints += text
  })
  const nextLine = async () => (await lines.next()).value as string
  return {
    child,
    nextLine,
    async kill() {
      const closed = once(child, 'close')
      child.kill('SIGKILL')
      await closed
      const rest: string[] = []
      for (let line = await nextLine(); line !== undefined; line = await nextLine()) rest.push(line)
      return { lines: rest, complaints }
    },
  }
}

/** Whether entry `n` is there; fails where it is not what was written. */
async function hasEntry(store: SqliteStore, n: number): Promise<boolean> {
  const entry = (await store.get(sha(`key ${n}`)))?.entry
  if (entry === undefined) return false
  const frames = Array.from({ length: n % 200 }, (_, i) => `${sha(`${n} ${i}`)}\n`)
  expect(entry.frames.map(String)).toEqual(frames)
  expect([entry.model, entry.tokens, entry.costMs]).toEqual([`model-${n}`, n, n])
  return true
}

/** Set to 1, five times as many are killed: two minutes more. */
const ROUNDS = process.env.REPRISE_TEST_LONG === '1' ? 200 : 40

/** More than one flush is never on its way. */
const UNSAID = 100

describe('a process killed while it writes', () => {
  it(`leaves a database in which all that was committed is right, ${ROUNDS} times in a row`, async () => {
    const dataDir = createDirectory()
    for (let round = 0; round < ROUNDS; round++) {
      const first = round * 100_000 + 1
      const writing = startWriting(dataDir, first)
      let last = first - 1
      expect(await writing.nextLine()).toBe('open')
      for (let flushes = 0; flushes < round % 5; flushes++) last = Number(await writing.nextLine())
      const { lines, complaints } = await writing.kill()
      last = Number(lines.at(-1) ?? last)

      const { store, events } = openStore(dataDir)
      for (let n = first; n <= last; n++) expect(await hasEntry(store, n)).toBe(true)
      for (let n = last + 1; n <= last + UNSAID; n++) await hasEntry(store, n)
      expect(await hasEntry(store, last + UNSAID + 1)).toBe(false)
      expect([complaints, events]).toEqual(['', []])
      await store.close()
    }
  }, 400_000)

  it('leaves a directory that opens, even when killed while it makes its tables', async () => {
    for (let round = 0; round < 12; round++) {
      const dataDir = createDirectory()
      const writing = startWriting(dataDir, 1)
      await eventually(() => existsSync(join(dataDir, DATABASE_NAME)) || undefined)
      await writing.kill()
      const { store, events } = openStore(dataDir)
      await store.flush()
      expect(events).toEqual([])
      await store.close()
    }
  }, 60_000)
})

describe('a second process in a data directory', () => {
  it('works in memory only while the first one lives, and owns it once that is killed', async () => {
    const dataDir = createDirectory()
    const writing = startWriting(dataDir, 1)
    await writing.nextLine()
    await writing.nextLine()
    const second = openStore(dataDir)
    expect(second.events).toEqual([{ kind: 'locked-by-other', path: dataDir }])
    expect(await hasEntry(second.store, 50)).toBe(false)
    await writing.kill()
    const third = openStore(dataDir)
    expect(third.events).toEqual([])
    expect(await hasEntry(third.store, 50)).toBe(true)
  })
})
