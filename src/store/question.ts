import type { Filter, Listing, ListQuery, Nearest, Parts } from './query.ts'
import type { Key } from './store.ts'

/** What is asked of the thread that writes, and what it answers. */
export interface Answers {
  readonly list: { readonly question: { readonly query: ListQuery }; readonly answer: Listing }
  readonly count: { readonly question: { readonly filter: Filter }; readonly answer: number }
  readonly purge: { readonly question: { readonly filter: Filter }; readonly answer: number }
  readonly expire: { readonly question: object; readonly answer: number }
  readonly nearest: {
    readonly question: { readonly parts: Parts; readonly route: string }
    readonly answer: Nearest | undefined
  }
  readonly keys: {
    /** From the row after this id on. */
    readonly question: { readonly filter: Filter; readonly after: number }
    readonly answer: KeySlice
  }
  readonly held: { readonly question: { readonly keys: readonly Key[] }; readonly answer: Key[] }
  readonly inspect: { readonly question: object; readonly answer: FileFacts }
}

/** The names of the questions. */
export type Topic = keyof Answers

/** A question of any topic, as it crosses to the thread. */
export type Question = { [T in Topic]: { readonly topic: T } & Answers[T]['question'] }[Topic]

/** Keys of rows in the order they were put, and where the next slice begins; undefined behind the last one. */
export interface KeySlice {
  readonly keys: readonly Key[]
  readonly after: number | undefined
}

/** What the files of a store are like. Sizes in bytes, instants in ms since the epoch. */
export interface FileFacts {
  readonly schemaVersion: number
  readonly pages: number
  readonly freePages: number
  readonly pageBytes: number
  readonly databaseBytes: number
  readonly logBytes: number
  readonly sharedMemoryBytes: number
  readonly entries: number
  /** Undefined where there are no entries. */
  readonly oldestStoredAt: number | undefined
  readonly newestStoredAt: number | undefined
  /** Rows drawn at random, and how many of them did not match their checksum. */
  readonly sample: { readonly rows: number; readonly damaged: number }
}
