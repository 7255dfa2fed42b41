import type { Config } from '../config/config.ts'

/** What an origin says of itself. */
export interface OriginFacts {
  readonly version: string
  readonly models: readonly { readonly name: string; readonly digest: string }[]
  /** Its clock, in ms since the epoch. */
  readonly originNow: number
}

/** What the files of a database are like. Sizes in bytes, instants in ms since the epoch. */
export interface DatabaseFacts {
  readonly schemaVersion: number
  /** `ok`, or the first thing that is wrong. */
  readonly integrity: string
  readonly pages: number
  readonly freePages: number
  readonly pageBytes: number
  readonly databaseBytes: number
  readonly logBytes: number
  readonly sharedMemoryBytes: number
  readonly entries: number
  readonly newestStoredAt?: number | undefined
  /** Rows drawn at random, and how many of them did not match their checksum. */
  readonly sample: { readonly rows: number; readonly damaged: number }
}

/** What `doctor` finds out without a server; arrives by parameter, because the command line does not know how. */
export interface Probes {
  /** Asks the origin of a configuration. Rejects where it does not answer, or is none. */
  readOrigin(config: Config): Promise<OriginFacts>
  /** Looks into the database of a data directory that no server uses; undefined where it cannot be opened. */
  inspectDatabase(config: Config): Promise<DatabaseFacts | undefined>
}
