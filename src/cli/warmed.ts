import { createHash } from 'node:crypto'
import { appendFileSync, readFileSync, rmSync } from 'node:fs'

/** Which requests of a file are done, noted in a file beside it: a run that was ended goes on where it was. */
export interface Warmed {
  has(text: string): boolean
  /** Notes a request as done, at once: the run may be ended at any time. */
  note(text: string): void
  /** All is done: the notes go. Left in place while a request has failed. */
  finish(): void
}

/** Digits of SHA-256 that stand for a line. */
const HASH_DIGITS = 32

/** The notes of an earlier run, where there is one. Noting throws what the file system throws. */
export function openWarmed(path: string): Warmed {
  const done = new Set(readNotes(path))
  return {
    has: (text) => done.has(toHash(text)),
    note(text) {
      const hash = toHash(text)
      if (done.has(hash)) return
      done.add(hash)
      appendFileSync(path, `${hash}\n`, { mode: 0o600 })
    },
    finish: () => rmSync(path, { force: true }),
  }
}

function readNotes(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return []
  }
}

function toHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS)
}
