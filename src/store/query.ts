import type { Kind } from '../ollama/kind.ts'
import type { Awaitable, Entry, Found, Key, Store } from './store.ts'

/** Which entries are meant: those that match every member; without members all. Instants in ms since the epoch. */
export interface Filter {
  /** The first hexadecimal digits of the key, or all 64. */
  readonly keyPrefix?: string
  /** The model's name in any letter case, with or without `:latest`. */
  readonly model?: string
  readonly digest?: string
  readonly route?: string
  readonly kind?: Kind
  /** Stored before this instant: older. */
  readonly storedBeforeAt?: number
  /** Stored at this instant or after: newer. */
  readonly storedFromAt?: number
  readonly leastBytes?: number
  readonly mostBytes?: number
  readonly leastHits?: number
  readonly mostHits?: number
}

/** What is said of an entry without its text. */
export interface EntryRow {
  readonly key: Key
  readonly route: string
  readonly kind: Kind
  readonly model: string
  readonly digest: string
  /** Instants in ms since the epoch. */
  readonly storedAt: number
  readonly expiresAt: number
  /** Whole seconds since it was stored. */
  readonly ageSeconds: number
  readonly costMs: number
  readonly tokens: number
  /** Bytes of the body as its tier keeps it. */
  readonly bytes: number
  /** Times it was given since it was first put. */
  readonly hits: number
  /** When it was last given, in ms since the epoch; undefined where it never was. */
  readonly hitAt: number | undefined
}

/** What rows can be sorted by. */
export type SortField = Exclude<keyof EntryRow, 'hitAt'>

/** A page of a list. */
export interface ListQuery {
  readonly filter: Filter
  readonly sortBy: SortField
  readonly order: 'ascending' | 'descending'
  readonly limit: number
  readonly offset: number
}

/** The rows of the page, how many match in all, and the bytes of those. */
export interface Listing {
  readonly total: number
  readonly bytes: number
  readonly rows: readonly EntryRow[]
}

/** A short hash of each field of a request, by the field's name: 8 hexadecimal digits each. */
export type Parts = Readonly<Record<string, string>>

/** The entry whose request is most like another. */
export interface Nearest {
  readonly row: EntryRow
  /** Names of the fields that differ, or that only one of the two has, in order. */
  readonly differing: readonly string[]
}

/** A purge, or only the count of what one would remove. */
export type PurgeMode = 'purge' | 'dry-run'

/** What the owner of a cache may ask of it, beside what requests do. All of it happens off their path. */
export interface OwnerQueries {
  /** As `get`, but does not count as a hit. */
  peek(key: Key): Awaitable<Found | undefined>
  /** Rows of entries, those on their way to the disk included. */
  list(query: ListQuery): Promise<Listing>
  /** Forgets what matches and was put before, in every tier; gives how many that were. What is put meanwhile may stay. */
  purge(filter: Filter, mode: PurgeMode): Promise<number>
  /** Clears what has expired, now; gives how many that were. */
  expire(): Promise<number>
  /** The entry of the route that differs in the fewest fields; the newest of several. Undefined where none has parts. */
  nearest(parts: Parts, route: string): Promise<Nearest | undefined>
  /** Whole entries, in no order, a slice at a time; what changes meanwhile may be among them or not. */
  entries(filter: Filter): AsyncIterable<Entry>
  /** Which of these keys it holds. */
  held(keys: readonly Key[]): Promise<ReadonlySet<Key>>
  /** Names the digests of the origin's models: entries of all others are reclaimed. Cheap when nothing changed. */
  setDigests(known: ReadonlySet<string>): void
}

/** A store whose owner can look into it. */
export interface OwnedStore extends Store, OwnerQueries {
  /** Puts an entry unless one as new is there. Waits while the disk is behind: for imports, not for requests. */
  putIfNewer(entry: Entry): Promise<'put' | 'kept'>
}
